using System.Net.Http.Json;
using System.Text.Json;
using FuseSharp.Models;
using FuseSharp.Serve;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using static TorchSharp.torch;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>The real server with two of the demo's models: one answers conversations, the other has no template.</summary>
internal sealed class TwoModels : IAsyncDisposable
{
    private readonly ModelServer _server;

    private TwoModels(IReadOnlyList<HostedModel> models, ModelServer server, Uri address)
    {
        (Models, _server, Address) = (models, server, address);
        Client = new HttpClient { BaseAddress = address };
    }

    public IReadOnlyList<HostedModel> Models { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static async Task<TwoModels> StartAsync(Func<ServeOptions, ServeOptions>? change = null)
    {
        HostedModel[] models =
        [
            new("security", Load("security"), ChatTemplate.FromName("chatml", DemoModels.Path("security"))),
            new("web", Load("web"), null),
        ];
        var options = new ServeOptions { Port = 0 };
        var server = new ModelServer(models, change?.Invoke(options) ?? options, TimeProvider.System);
        return new TwoModels(models, server, await server.StartAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Posts a completion that must succeed.</summary>
    public async Task<JsonElement> PostAsync(object body)
    {
        var answer = await Client.PostAsJsonAsync("v1/completions", body, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        foreach (var model in Models)
        {
            model.Model.Dispose();
        }
    }

    private static LanguageModel Load(string name) => LanguageModel.Load(name, DemoModels.Path(name), ScalarType.Float32, CPU);
}
