using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FuseSharp.Cli.Commands;
using FuseSharp.Errors;
using FuseSharp.Models.Generate;
using FuseSharp.Serve;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>Several models in one server, and the files of the page.</summary>
public sealed class ServedModelsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_ByName_AreAnsweredByThatModel()
    {
        await using var served = await TwoModels.StartAsync();

        var listed = await served.Client.GetFromJsonAsync<JsonElement>("v1/models", Stop);
        var one = await served.Client.GetFromJsonAsync<JsonElement>("v1/models/web", Stop);
        string?[] answers = [.. await Task.WhenAll(new[] { "security", "web", null }.Select(async name => (await served.PostAsync(new { model = name, prompt = "The", temperature = 0, max_tokens = 8 })).GetProperty("choices")[0].GetProperty("text").GetString()))];

        Assert.Equal([("security", true), ("web", false)], listed.GetProperty("data").EnumerateArray().Select(m => (m.GetProperty("id").GetString()!, m.GetProperty("has_chat_template").GetBoolean())));
        Assert.Equal("web", one.GetProperty("id").GetString());
        string[] expected = [.. served.Models.Select(m => new TextGenerator(m.Model, new GenerateOptions { Prompt = "The", Temperature = 0, MaxTokens = 8 }).Generate(Stop))];
        Assert.Equal([.. expected, expected[0]], answers);
        Assert.NotEqual(expected[0], expected[1]);
    }

    [Fact]
    public async Task Request_ForAModelThatIsNotThere_NamesThoseThatAre()
    {
        await using var served = await TwoModels.StartAsync();

        var answer = await served.Client.PostAsJsonAsync("v1/completions", new { model = "nobody", prompt = "a" }, Stop);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("The model 'nobody' is not served here, 'security', 'web' are.", (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Server_TwoModelsOfOneName_IsRefused()
        => Assert.Contains("Two models are called 'a'", Assert.Throws<UsageException>(() => new ModelServer([new("a", null!, null), new("a", null!, null)], new ServeOptions(), TimeProvider.System)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Page_WithAKey_HasNothingOfTheModelsWithoutIt()
    {
        await using var served = await TwoModels.StartAsync(o => o with { ApiKey = "secret" });

        foreach (string path in new[] { "", "page.js", "page.css" })
        {
            var file = await served.Client.GetAsync(path, Stop);
            string text = await file.Content.ReadAsStringAsync(Stop);

            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            Assert.DoesNotContain("security", text, StringComparison.OrdinalIgnoreCase);
            Assert.StartsWith("default-src 'none'; script-src 'self';", file.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", file.Headers.GetValues("X-Content-Type-Options").Single());
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client.GetAsync("v1/models", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client.GetAsync("page.html", Stop)).StatusCode);
        using var stranger = new HttpRequestMessage(HttpMethod.Get, "") { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.BadRequest, (await served.Client.SendAsync(stranger, Stop)).StatusCode);
    }

    [Fact]
    public async Task Page_LeftOut_IsNotThere()
    {
        await using var served = await TwoModels.StartAsync(o => o with { HasPage = false });

        Assert.Equal(HttpStatusCode.NotFound, (await served.Client.GetAsync("", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await served.Client.GetAsync("page.js", Stop)).StatusCode);
    }

    [Fact]
    public void Memory_TooLittleForAllOfThem_IsSaidBeforeTheyAreRead()
    {
        using var folder = new ScratchFolder();
        foreach (string name in new[] { "large", "larger" })
        {
            Directory.CreateDirectory(folder.At(name));
            folder.Write($"{name}/config.json", """{"architectures": ["LlamaForCausalLM"], "hidden_size": 16384, "intermediate_size": 53248, "num_hidden_layers": 1260, "num_attention_heads": 128, "max_position_embeddings": 128, "vocab_size": 32000}"""u8.ToArray());
        }

        var refusal = Assert.Throws<UsageException>(() => ServedMemory.Check([folder.At("large"), folder.At("larger")], ScalarType.BFloat16, CPU));

        Assert.Matches(@"The models need \d+\.\d GB of memory \(large \d+\.\d, larger \d+\.\d\), and \d+\.\d GB are free\. Serve fewer of them\.$", refusal.Message);
        Assert.EndsWith(" Serve fewer of them, or take --precision bfloat16.", Assert.Throws<UsageException>(() => ServedMemory.Check([folder.At("large"), folder.At("larger")], ScalarType.Float32, CPU)).Message, StringComparison.Ordinal);
        ServedMemory.Check([DemoModels.Path("security"), DemoModels.Path("web")], ScalarType.Float32, CPU);
    }

    [Theory]
    [InlineData("Two models are called 'security'", "security", "security")]
    [InlineData("--name stands 3 times for 2 models", "security", "web", "--name", "a", "--name", "b", "--name", "c")]
    [InlineData("Two models are called 'a'", "security", "web", "--name", "a", "--name", "a")]
    public async Task Command_NamesThatDoNotFit_AreRefused(string why, string first, string second, params string[] options)
    {
        var (code, _, errors) = await CommandRun.HereAsync(["serve", DemoModels.Path(first), DemoModels.Path(second), "--port", "0", .. options]);

        Assert.Equal(2, code);
        Assert.Contains(why, errors, StringComparison.Ordinal);
    }
}
