using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using FuseSharp.Serve.Page;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>The page before a server whose models say what a test wants, when it wants: nothing depends on how fast anybody is.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentDictionary<string, Channel<string>> _said = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _left = new(StringComparer.Ordinal);

    private ScriptedServer(WebApplication application, string[] models)
    {
        _application = application;
        foreach (string model in models)
        {
            _said[model] = Channel.CreateUnbounded<string>();
            _left[model] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public Uri Address => new(_application.Urls.First());

    /// <summary>Status and message by which a model refuses.</summary>
    public ConcurrentDictionary<string, (int Status, string Message)> Refusals { get; } = new(StringComparer.Ordinal);

    /// <summary>Bodies of all requests.</summary>
    public ConcurrentQueue<JsonElement> Asked { get; } = [];

    public static async Task<ScriptedServer> StartAsync(params string[] models)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var server = new ScriptedServer(builder.Build(), models);
        foreach (string path in PageFiles.Paths)
        {
            server._application.MapGet(path, PageFiles.WriteAsync);
        }

        server._application.MapGet("/v1/models", (RequestDelegate)(c => c.Response.WriteAsJsonAsync(new { data = models.Select(id => new { id, has_chat_template = true }) })));
        server._application.MapPost("/v1/chat/completions", (RequestDelegate)server.AnswerAsync);
        await server._application.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Lets a model say a token.</summary>
    /// <param name="model">Which.</param>
    /// <param name="text">What it adds to the text.</param>
    /// <param name="bytes">The token's own.</param>
    /// <param name="name">How it is called.</param>
    /// <param name="finish">Why the answer ends with it; null where it goes on.</param>
    public void Say(string model, string text, byte[] bytes, string name, string? finish = null)
    {
        object[] rivals = [Token(name, bytes, -0.25), Token("<b onclick=hack()>\u202E", [1], -2)];
        var choice = new { delta = new { content = text }, logprobs = new { content = new[] { new { token = name, logprob = -0.25, bytes = bytes.Select(b => (int)b), top_logprobs = rivals } } }, finish_reason = finish };
        Send(model, JsonSerializer.Serialize(new { choices = new[] { choice } }));
        if (finish is not null)
        {
            Send(model, "[DONE]");
            End(model);
        }

        static object Token(string token, byte[] bytes, double logprob) => new { token, logprob, bytes = bytes.Select(b => (int)b) };
    }

    /// <summary>Lets a model say a token that is whole characters.</summary>
    public void Say(string model, string text, string? finish = null) => Say(model, text, System.Text.Encoding.UTF8.GetBytes(text), text, finish);

    /// <summary>Sends an event as it stands.</summary>
    public void Send(string model, string data) => _said[model].Writer.TryWrite(data);

    /// <summary>Ends the answer, wherever it is.</summary>
    public void End(string model) => _said[model].Writer.TryComplete();

    /// <summary>When the page has left an answer before its end.</summary>
    public Task LeftAsync(string model) => _left[model].Task.WaitAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var body = (await JsonSerializer.DeserializeAsync<JsonNode>(context.Request.Body))!;
        Asked.Enqueue(JsonSerializer.SerializeToElement(body));
        string model = (string)body["model"]!;
        if (Refusals.TryGetValue(model, out var refusal))
        {
            context.Response.StatusCode = refusal.Status;
            await context.Response.WriteAsJsonAsync(new { error = new { message = refusal.Message } });
            return;
        }

        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        try
        {
            await foreach (string data in _said[model].Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync($"data: {data}\n\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            _left[model].TrySetResult();
        }
    }
}
