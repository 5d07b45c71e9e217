using System.Net;
using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Serve.Connections;
using FuseSharp.Serve.Endpoints;
using FuseSharp.Serve.Jobs;
using FuseSharp.Serve.Page;
using FuseSharp.Serve.Protocol;
using FuseSharp.Tokenizers.Chat;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FuseSharp.Serve;

/// <summary>Serves models over HTTP in OpenAI's protocol, with a page to talk to them.</summary>
/// <remarks>
/// Requests of all clients for a model are worked on by one thread, which writes their continuations side by side. Work of clients that leave is dropped. On a loopback address
/// only requests to it by that name are answered, so that no web page can reach the server through a name of its own.
/// </remarks>
public sealed class ModelServer : IAsyncDisposable
{
    // For telling those who still wait that the server ends.
    private const int AnswerSeconds = 2;

    private const int MostConnections = 1024;

    private readonly WebApplication _application;
    private readonly ConnectionGate _gate;
    private readonly TimeSpan _patience;
    private readonly GenerationQueue[] _queues;

    /// <summary>A server of one model that is not started.</summary>
    /// <param name="model">Only read; not disposed here.</param>
    /// <param name="template">Its chat template; null for none.</param>
    /// <param name="options">How.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="UsageException">The host is no address, or an origin is none.</exception>
    public ModelServer(LanguageModel model, ChatTemplate? template, ServeOptions options, TimeProvider time)
        : this([new HostedModel(options.ModelName, model, template)], options, time)
    {
    }

    /// <summary>A server of several models that is not started. Each has a queue of its own.</summary>
    /// <param name="models">At least one; a request that names none is the first one's.</param>
    /// <param name="options">How; the models have their own names.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="UsageException">Two models have one name, the host is no address, or an origin is none.</exception>
    public ModelServer(IReadOnlyList<HostedModel> models, ServeOptions options, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfZero(models.Count);
        if (models.GroupBy(m => m.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } same)
        {
            throw new UsageException($"Two models are called '{same.Key}', expected different names: clients ask for a model by its name. Give each one of its own.");
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        _gate = new ConnectionGate(MostConnections);
        bool isLoopback = Listen(builder, options, _gate);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(options.ShutdownSeconds + AnswerSeconds));
        builder.Services.AddHostFiltering(o => o.AllowedHosts = isLoopback ? ["localhost", "127.0.0.1", "[::1]"] : ["*"]);
        builder.Services.AddCors(o => o.AddDefaultPolicy(p => p.WithOrigins([.. options.AllowedOrigins.Select(Checked)]).WithMethods("GET", "POST").AllowAnyHeader()));
        _patience = TimeSpan.FromSeconds(options.ShutdownSeconds);
        _queues = [.. models.Select(m => new GenerationQueue(m.Model, options.BatchSize, options.QueueLength))];
        _application = builder.Build();
        Map(new ServedModels([.. models.Zip(_queues, (m, queue) => new ServedModel(m.Name, m.Model, m.Template, queue, time.GetUtcNow()))]), options, time);
    }

    /// <summary>Whether requests are worked on; tests of the queue leave them waiting.</summary>
    internal bool WorksOnRequests { get; init; } = true;

    /// <summary>Connections that are open.</summary>
    internal int Connections => _gate.Count;

    /// <summary>Requests that have come whole and are not answered yet.</summary>
    internal int Requests => _gate.Heard;

    /// <summary>Starts to listen.</summary>
    /// <returns>The address, with the port that was free where port 0 was asked for.</returns>
    /// <exception cref="UsageException">The address is taken or not allowed.</exception>
    public async Task<Uri> StartAsync(CancellationToken cancellation)
    {
        try
        {
            await _application.StartAsync(cancellation);
        }
        catch (IOException fault)
        {
            throw new UsageException($"The server cannot listen: {fault.Message} Choose another port or host.", fault);
        }

        if (WorksOnRequests)
        {
            Array.ForEach(_queues, q => q.Start());
        }

        return new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Takes no more requests and lets the running ones end; those that take too long are answered that the server ends.</summary>
    public async Task StopAsync()
    {
        var stopped = _application.StopAsync();
        await Task.WhenAny(stopped, Task.Delay(_patience));
        await Task.WhenAll(_queues.Select(q => Task.Run(q.Stop)));
        _gate.CloseWaitedFor(); // half-sent requests keep it from ending no longer
        await stopped;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        Array.ForEach(_queues, q => q.Dispose());
    }

    private static bool Listen(WebApplicationBuilder builder, ServeOptions options, ConnectionGate gate)
    {
        IPAddress? address = null;
        if (options.Host != "localhost" && !IPAddress.TryParse(options.Host, out address))
        {
            throw new UsageException($"'{options.Host}' is not an address to listen on. Expected localhost or an IP address; 0.0.0.0 is all of them.");
        }

        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.LargestBody;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            kestrel.Listen(address ?? IPAddress.Loopback, options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection => gate.ServeAsync(connection, next));
            });
        });
        return IPAddress.IsLoopback(address ?? IPAddress.Loopback);
    }

    // A path behind it, even a slash, and no page would ever match.
    private static string Checked(string origin)
        => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == origin ? origin
            : throw new UsageException($"'{origin}' is not a web origin. Expected scheme, host and port alone, such as http://localhost:3000.");

    private void Map(ServedModels served, ServeOptions options, TimeProvider time)
    {
        var key = options.ApiKey is { } secret ? new ApiKey(secret) : null;
        _application.UseHostFiltering();
        _application.Use((context, next) => ApiErrors.GuardAsync(context, next));
        _application.UseRouting();
        _application.UseCors(); // before the key: browsers ask without it whether they may ask
        _application.Use((context, next) =>
        {
            // The page's files hold nothing of the models: it asks for the key itself, and sends it with every request.
            if (!context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) && !(options.HasPage && PageFiles.Has(context.Request.Path)))
            {
                key?.Check(context.Request);
            }

            return next(context);
        });
        Endpoint("GET", "/health", c => JsonBody.WriteAsync(c, new { status = "ok" }));
        Endpoint("GET", "/v1/models", c => JsonBody.WriteAsync(c, new { @object = "list", data = served.All.Select(m => m.About) }));
        Endpoint("GET", "/v1/models/{**name}", c => JsonBody.WriteAsync(c, served.Find(c.GetRouteValue("name") as string).About));
        Endpoint("POST", "/v1/completions", async c =>
        {
            var request = await JsonBody.ReadAsync<CompletionRequest>(c);
            await new CompletionsEndpoint(served.Find(request.Model), time).AnswerAsync(c, request);
        });
        Endpoint("POST", "/v1/chat/completions", async c =>
        {
            var request = await JsonBody.ReadAsync<ChatRequest>(c);
            await new ChatEndpoint(served.Find(request.Model), time).AnswerAsync(c, request);
        });
        foreach (string path in options.HasPage ? PageFiles.Paths : [])
        {
            Endpoint("GET", path, PageFiles.WriteAsync);
        }
    }

    private void Endpoint(string method, string pattern, RequestDelegate answer) => _application.MapMethods(pattern, [method], answer);
}
