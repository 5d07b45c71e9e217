using System.Net.Http.Json;
using System.Text.Json;
using FuseSharp.Models;
using FuseSharp.Serve;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using static TorchSharp.torch;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>The real server on a free port, with a model of some kilobytes.</summary>
internal sealed class ServedTinyModel : IAsyncDisposable
{
    private readonly ScratchFolder _folder;
    private readonly ModelServer _server;

    private ServedTinyModel(ScratchFolder folder, LanguageModel model, ModelServer server, Uri address)
    {
        _folder = folder;
        _server = server;
        Model = model;
        Address = address;
        Client = new HttpClient { BaseAddress = address };
    }

    public LanguageModel Model { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public int Connections => _server.Connections;

    public int Requests => _server.Requests;

    public Task StopAsync() => _server.StopAsync();

    public static async Task<ServedTinyModel> StartAsync(Func<ServeOptions, ServeOptions>? change = null, bool works = true, bool hasTemplate = true, bool isEndless = false, bool isPadded = false, char? poisoned = null)
    {
        var folder = new ScratchFolder();
        var model = LanguageModel.Load("tiny", folder.Write("tiny.gguf", TinyGguf.Build(poisoned, isEndless: isEndless, isPadded: isPadded)), ScalarType.Float32, CPU);
        folder.Write("tokenizer_config.json", """{"chat_template": "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}{{ m.content }} {% endfor %}b"}"""u8.ToArray());
        var options = new ServeOptions { ModelName = "tiny", Port = 0 };
        var server = new ModelServer(model, hasTemplate ? ChatTemplate.Find(folder.Path) : null, change?.Invoke(options) ?? options, TimeProvider.System) { WorksOnRequests = works };
        return new ServedTinyModel(folder, model, server, await server.StartAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Posts a body and reads the answer, whatever its status.</summary>
    public async Task<(HttpResponseMessage Response, JsonElement Json)> PostAsync(string path, object body)
    {
        var response = await Client.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        return (response, await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        Model.Dispose();
        _folder.Dispose();
    }
}
