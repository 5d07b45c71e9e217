using System.Net;
using System.Text;
using System.Text.Json;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Serve;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using static TorchSharp.torch;

namespace FuseSharp.Cases.Tests.Work;

/// <summary>The real server with the demo's model.</summary>
public sealed class ServeCases : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/serve-unseeded-overlap")]
    [Case("work/seed-sign")]
    public async Task Draws_AreIndependent()
    {
        await using var served = await StartAsync(DemoModels.Path("security"));
        var texts = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            texts.AddRange(TextsOf(await served.PostAsync("completions", File.ReadAllText(CaseFolder.At("work/serve-unseeded-overlap", "request.json")))));
        }

        Assert.Equal(12, texts.Distinct().Count());
        Assert.Equal(5, TextsOf(await served.PostAsync("completions", File.ReadAllText(CaseFolder.At("work/seed-sign", "request.json")))).Distinct().Count());
        string[] seeded = [.. (await Task.WhenAll(new[] { "1", "4294967297", "-1", "-1" }.Select(s => served.PostAsync("completions", $$"""{"prompt":"The key","max_tokens":24,"seed":{{s}}}""")))).SelectMany(TextsOf)];
        Assert.Equal(4, seeded.Distinct().Count());
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/serve-text-offset")]
    public async Task TextOffsets_LieInTheText()
    {
        await using var served = await StartAsync(DemoModels.Path("security"));

        var choice = (await served.PostAsync("completions", File.ReadAllText(CaseFolder.At("work/serve-text-offset", "request.json")))).GetProperty("choices")[0];
        int[] offsets = [.. choice.GetProperty("logprobs").GetProperty("text_offset").EnumerateArray().Select(o => o.GetInt32())];
        string text = choice.GetProperty("text").GetString()!;

        Assert.Equal([0, 0, 0, 0, 0], offsets[..5]);
        Assert.Equal(offsets.Order(), offsets);
        Assert.InRange(offsets[^1], 0, text.Length);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/serve-context-length-code")]
    [Case("work/serve-negative-max-tokens")]
    public async Task WhatDoesNotFit_IsRefusedByCodeOrField()
    {
        await using var served = await StartAsync(DemoModels.Path("security"));

        var tooLong = (await served.PostAsync("completions", File.ReadAllText(CaseFolder.At("work/serve-context-length-code", "request.json")), HttpStatusCode.BadRequest)).GetProperty("error");
        var negative = (await served.PostAsync("completions", File.ReadAllText(CaseFolder.At("work/serve-negative-max-tokens", "request.json")), HttpStatusCode.BadRequest)).GetProperty("error");

        Assert.Equal("context_length_exceeded", tooLong.GetProperty("code").GetString());
        Assert.Equal("prompt", tooLong.GetProperty("param").GetString());
        Assert.Contains("max_tokens", negative.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/serve-lone-surrogate")]
    [InlineData("prompt.json", "completions")]
    [InlineData("stop.json", "completions")]
    [InlineData("chat.json", "chat/completions")]
    [InlineData("latin1.bin", "completions")]
    public async Task HalfCharacters_AreTheClientsFault(string name, string endpoint)
    {
        await using var served = await StartAsync(DemoModels.Path("security"), "{% for m in messages %}{{ m.content }}{% endfor %}");

        var error = (await served.PostAsync(endpoint, File.ReadAllBytes(CaseFolder.At("work/serve-lone-surrogate", name)), HttpStatusCode.BadRequest)).GetProperty("error");

        Assert.DoesNotContain("fault of fusesharp", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/serve-chat-bos")]
    public async Task Chat_NothingStandsBeforeWhatTheTemplateWrote()
    {
        string model = Copy("security");
        File.Copy(CaseFolder.At("work/serve-chat-bos", "tokenizer_config.json"), Path.Combine(model, "tokenizer_config.json"), overwrite: true);
        await using var served = await StartAsync(model, File.ReadAllText(CaseFolder.At("work/serve-chat-bos", "chat_template.jinja")));

        var answer = await served.PostAsync("chat/completions", """{"messages":[{"role":"user","content":"The key"}],"max_tokens":1}""");

        Assert.Equal(9, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/serve-nan-fails-others")]
    public async Task NaN_FailsItsRequestOnly()
    {
        const int Poisoned = 321;
        string model = Copy("security");
        using (var network = ModelFolder.Load(model, ScalarType.Float32, CPU))
        {
            using var noGradient = no_grad();
            network.named_parameters().Single(p => p.name == "model.embed_tokens.weight").parameter[Poisoned].fill_(float.NaN);
            var config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(model, "config.json")))!;
            config["tie_word_embeddings"] = false;
            File.WriteAllText(Path.Combine(model, "config.json"), config.ToJsonString());
            using var untied = ModelFactory.Create(ModelConfig.Read(model), ScalarType.Float32);
            var from = network.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
            foreach (var (name, parameter) in untied.named_parameters())
            {
                parameter.copy_(from[name == "lm_head.weight" ? "model.embed_tokens.weight" : name]);
            }

            untied.named_parameters().Single(p => p.name == "lm_head.weight").parameter[Poisoned].fill_(0);
            ModelFolder.Save(untied, model, ScalarType.Float32);
        }

        await using var served = await StartAsync(model);
        var healthy = served.PostAsync("completions", """{"prompt":"The key","max_tokens":200,"temperature":0,"stop":[]}""");
        var failed = await served.PostAsync("completions", $$"""{"prompt":[1,{{Poisoned}}],"max_tokens":4,"temperature":0}""", HttpStatusCode.InternalServerError);
        var echoed = await served.PostAsync("completions", $$"""{"prompt":[1,{{Poisoned}}],"max_tokens":0,"echo":true,"logprobs":1}""", HttpStatusCode.InternalServerError);

        Assert.All([failed, echoed], answer => Assert.DoesNotContain("fault of fusesharp", answer.ToString(), StringComparison.Ordinal));
        Assert.NotEmpty((await healthy).GetProperty("choices")[0].GetProperty("text").GetString()!);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("clients/serve-echo-logprobs")]
    public async Task Echo_ATokensLogProbabilityIsOneNumber()
    {
        await using var served = await StartAsync(DemoModels.Path("security"));

        var log = (await served.PostAsync("completions", File.ReadAllText(CaseFolder.At("clients/serve-echo-logprobs", "request.json")))).GetProperty("choices")[0].GetProperty("logprobs");
        var near = log.GetProperty("token_logprobs").EnumerateArray().Zip(log.GetProperty("top_logprobs").EnumerateArray()).Skip(1)
            .Select(p => (Own: p.First.GetDouble(), Top: p.Second.EnumerateObject().Max(t => t.Value.GetDouble()))).Where(p => Math.Abs(p.Own - p.Top) < 1e-4).ToList();

        Assert.InRange(near.Count, 5, 40); // of some fifty
        Assert.All(near, p => Assert.Equal(p.Top, p.Own));
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("clients/serve-ignored-fields")]
    public async Task FieldsThatWouldChangeTheAnswer_AreRefusedByName()
    {
        await using var served = await StartAsync(DemoModels.Path("security"));
        string file = Directory.GetFiles(CaseFolder.At("clients/serve-ignored-fields"), "*.jsonl").Single();

        foreach (string body in File.ReadLines(file))
        {
            using var request = JsonDocument.Parse(body);
            string field = request.RootElement.EnumerateObject().Last().Name;
            string plain = body.Replace("\"model\": \"security\", ", "", StringComparison.Ordinal);
            Assert.Contains($"'{field}'", (await served.PostAsync("completions", plain, HttpStatusCode.BadRequest)).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> TextsOf(JsonElement answer) => answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()!);

    private static async Task<Served> StartAsync(string path, string? template = null)
    {
        var model = LanguageModel.Load("security", path, ScalarType.Float32, CPU);
        var server = new ModelServer(model, template is null ? null : TemplateOf(template), new ServeOptions { ModelName = "security", Port = 0 }, TimeProvider.System);
        return new Served(model, server, await server.StartAsync(TestContext.Current.CancellationToken));
    }

    private static ChatTemplate? TemplateOf(string template)
    {
        using var folder = new ScratchFolder();
        File.Copy(Path.Combine(DemoModels.Path("security"), "tokenizer_config.json"), folder.At("tokenizer_config.json"));
        File.WriteAllText(folder.At("chat_template.jinja"), template);
        return ChatTemplate.Find(folder.Path);
    }

    private string Copy(string model)
    {
        string copy = _folder.At(model);
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(DemoModels.Path(model)))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    private sealed class Served(LanguageModel model, ModelServer server, Uri address) : IAsyncDisposable
    {
        private readonly HttpClient _client = new() { BaseAddress = address };

        public Task<JsonElement> PostAsync(string endpoint, string body, HttpStatusCode expected = HttpStatusCode.OK) => PostAsync(endpoint, Encoding.UTF8.GetBytes(body), expected);

        public async Task<JsonElement> PostAsync(string endpoint, byte[] body, HttpStatusCode expected)
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
            using var response = await _client.PostAsync($"v1/{endpoint}", content, TestContext.Current.CancellationToken);
            string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(expected == response.StatusCode, $"{response.StatusCode}: {text}");
            using var json = JsonDocument.Parse(text);
            return json.RootElement.Clone();
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await server.DisposeAsync();
            model.Dispose();
        }
    }
}
