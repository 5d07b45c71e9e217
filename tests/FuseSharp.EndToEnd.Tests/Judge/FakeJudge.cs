using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FuseSharp.EndToEnd.Tests.Judge;

/// <summary>An endpoint of OpenAI's protocol that says what a test wants.</summary>
internal sealed class FakeJudge : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Func<string, int, (int Status, string Text)> _answer;
    private readonly ConcurrentDictionary<string, int> _attempts = new();

    private FakeJudge(WebApplication application, Func<string, int, (int Status, string Text)> answer)
    {
        _application = application;
        _answer = answer;
    }

    /// <summary>All questions that were asked, with the authorization that came with them.</summary>
    public ConcurrentBag<(string Question, string Authorization)> Asked { get; } = [];

    public Uri Endpoint => new(_application.Urls.First() + "/v1");

    /// <param name="answer">From the question and the 1-based number of the attempt to a status and a judgement.</param>
    public static async Task<FakeJudge> StartAsync(Func<string, int, (int Status, string Text)> answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var judge = new FakeJudge(builder.Build(), answer);
        judge._application.UseRouting();
        judge._application.MapPost("/v1/chat/completions", judge.AnswerAsync);
        await judge._application.StartAsync(TestContext.Current.CancellationToken);
        return judge;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
        string question = request.GetProperty("messages")[1].GetProperty("content").GetString()!;
        Asked.Add((question, context.Request.Headers.Authorization.ToString()));
        var (status, text) = _answer(question, _attempts.AddOrUpdate(question, 1, (_, count) => count + 1));
        context.Response.StatusCode = status;
        await context.Response.WriteAsJsonAsync(new { choices = new[] { new { message = new { role = "assistant", content = text } } } });
    }
}
