using System.Security.Cryptography;
using FuseSharp.Cli;
using FuseSharp.Cli.Parsing;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary><c>--download</c> as a user gives it, from a server that speaks the Hub's protocol.</summary>
public sealed class HubDownloadTests : IDisposable
{
    private readonly ScratchFolder _home = new();
    private readonly HubServer _server = HubServer.OfFolder(DemoModels.Path("web"));

    private string Snapshot => _home.At($"hub/models--acme--tiny/snapshots/{HubServer.Commit}");

    private (string, string)[] Environment => [("HF_HOME", _home.Path), ("HF_ENDPOINT", _server.Endpoint.ToString()), ("HF_HUB_OFFLINE", ""), ("HF_TOKEN", "hf_secret")];

    public void Dispose()
    {
        _server.Dispose();
        _home.Dispose();
    }

    private Task<FusesharpProcess.Result> RunAsync(params string[] arguments) => FusesharpProcess.RunWithAsync(Environment, arguments);

    [Fact]
    public async Task Generate_WithDownload_FetchesTheModelAndRunsIt()
    {
        string[] command = ["generate", "acme/tiny", "--prompt", "Gets the", "--max-tokens", "5", "--temperature", "0"];
        var unasked = await RunAsync(command);
        Assert.Equal(2, unasked.ExitCode);
        Assert.Contains($"Nor is 'acme/tiny' in the cache of Hugging Face, '{_home.At("hub")}': fetch it with --download (or 'hf download acme/tiny'), or name the model's folder.", unasked.Errors, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);

        var fetched = await RunAsync([.. command, "--download"]);
        var (_, expected, _) = await CommandRun.HereAsync("generate", DemoModels.Path("web"), "--prompt", "Gets the", "--max-tokens", "5", "--temperature", "0");

        Assert.True(fetched.ExitCode == 0, fetched.Errors);
        Assert.Equal(expected, fetched.Output);
        Assert.Contains("fetch acme/tiny (weights)  ", fetched.Errors, StringComparison.Ordinal);
        Assert.All(_server.Requests.Where(r => r.IsStorage), r => Assert.Null(r.Authorization));
        AssertSame();

        _server.Requests.Clear();
        var again = await RunAsync(command);
        Assert.Equal((0, expected), (again.ExitCode, again.Output));
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Generate_OwnAdapter_FetchesItsModel()
    {
        Directory.CreateDirectory(_home.At("mine"));
        File.WriteAllText(_home.At("mine/adapter_config.json"), """{"peft_type": "LORA", "r": 2, "target_modules": ["q_proj"], "base_model_name_or_path": "acme/tiny"}""");

        var result = await RunAsync("generate", _home.At("mine"), "--prompt", "Gets the", "--download");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("adapter_model.safetensors", result.Errors, StringComparison.Ordinal); // the adapter itself is not whole; its model is here
        AssertSame();
    }

    [Fact]
    public async Task Check_WithDownload_FetchesTheModelsOfTheRecipe()
    {
        File.WriteAllText(_home.At("mine.yaml"), $"output: run\ntarget: {DemoModels.Path("security")}\nsources: [acme/nothing]\ntexts: {{ a: {{ path: texts.txt, lines: true }} }}\ntrain: {{ batch_size: 4 }}\n");
        File.WriteAllLines(_home.At("texts.txt"), Enumerable.Range(0, 30).Select(i => FormattableString.Invariant($"Text {i} about nodes.")));

        var found = await RunAsync("check", _home.At("mine.yaml"), "--set", "sources=[acme/tiny]", "--download");
        var missing = await RunAsync("check", _home.At("mine.yaml"), "--download");

        Assert.True(found.ExitCode == 0, found.Errors);
        AssertSame();
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("There is no 'acme/nothing' at ", Assert.Single(missing.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Merge_ByAFile_FetchesItsModels()
    {
        File.WriteAllText(_home.At("merge.yaml"), "merge_method: linear\nmodels:\n  - model: acme/tiny\n  - model: acme/tiny@main\n");

        var merged = await RunAsync("merge", "--config", _home.At("merge.yaml"), "--output", _home.At("merged"), "--download");

        Assert.True(merged.ExitCode == 0, merged.Errors);
        AssertSame();
    }

    [Fact]
    public async Task Download_KilledAnywhere_GoesOnAndEndsEqual()
    {
        var random = new Random(5);
        string blobs = _home.At("hub/models--acme--tiny/blobs");
        int kills = 0;
        while (true)
        {
            // The server holds the large file at a byte until the process is dead: no clock decides.
            using var reached = new SemaphoreSlim(0);
            using var dead = new SemaphoreSlim(0);
            int at = random.Next(0, 120_000);
            bool holds = kills < 3;
            _server.Answer = r => holds && r.IsStorage ? new HubAnswer(r.From > 0 ? 206 : 200, _server.Files["model.safetensors"][(int)r.From..])
            {
                Headers = { ["Content-Range"] = FormattableString.Invariant($"bytes {r.From}-{_server.Files["model.safetensors"].Length - 1}/{_server.Files["model.safetensors"].Length}") },
                BeforePiece = async position =>
                {
                    if (position >= at)
                    {
                        reached.Release();
                        await dead.WaitAsync();
                    }
                },
            } : null;
            using var process = FusesharpProcess.StartWith(Environment, "generate", "acme/tiny", "--prompt", "Gets", "--max-tokens", "1", "--download");
            var end = FusesharpProcess.EndOf(process);
            if (await Task.WhenAny(end, reached.WaitAsync()) == end)
            {
                var result = await end;
                Assert.True(result.ExitCode == 0, result.Errors);
                break;
            }

            process.Kill();
            await end;
            dead.Release(1000);
            kills++;
            Assert.Contains(Directory.EnumerateFiles(blobs), f => f.EndsWith(".incomplete", StringComparison.Ordinal));
            Assert.False(Directory.Exists(Snapshot));
        }

        Assert.Equal(3, kills); // how much had reached the disk is chance; that it is not fetched again, HubDownloadTests of the tokenizers say
        AssertSame();
    }

    [Theory]
    [InlineData("HF_HUB_OFFLINE", "1", "and HF_HUB_OFFLINE forbids to fetch it.")]
    [InlineData("HF_ENDPOINT", "huggingface", "HF_ENDPOINT is 'huggingface', expected an address such as https://huggingface.co. Correct the variable.")]
    [InlineData("HF_TOKEN", "zwei Wörter", "The token of Hugging Face has characters that no token has.")]
    public async Task Download_OfAnOddEnvironment_SaysWhat(string variable, string value, string expected)
    {
        var result = await FusesharpProcess.RunWithAsync([.. Environment.Where(e => e.Item1 != variable), (variable, value)], "export", "acme/tiny", "--gguf", _home.At("x.gguf"), "--download");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public void Download_IsAnOptionOfEveryCommandThatNamesModels()
    {
        string[] expected = ["align", "chat", "check", "ensemble", "evaluate", "experiment", "export", "generate", "init", "inspect", "map", "merge", "plan", "pretrain", "represent", "run", "serve", "split", "train", "write"];

        Assert.Equal(expected, CommandLine.Create().Subcommands.Where(c => c.Options.Any(o => o.Name == "--download")).Select(c => c.Name).Order(StringComparer.Ordinal));
        Assert.All(CommandLine.Create().Subcommands.Where(c => c.Options.Any(o => o.Name is "--model" or "--models" or "--target" or "--source" or "--tokenizer") || c.Arguments.Any(a => a.Name is "model" or "models" or "recipe")),
            c => Assert.Contains(c.Options.Concat<System.CommandLine.Symbol>(c.Arguments), s => s is INamesModels));
    }

    private void AssertSame()
        => Assert.All(Directory.EnumerateFiles(Snapshot), f => Assert.Equal(SHA256.HashData(_server.Files[Path.GetFileName(f)]), SHA256.HashData(File.ReadAllBytes(f))));
}
