using System.Text.Json;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Pipeline;
using FuseSharp.Pipeline.Plan;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Represent.Served;
using FuseSharp.Serve;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using static TorchSharp.torch;

namespace FuseSharp.EndToEnd.Tests.Served;

/// <summary>Whole fusions with a source behind the real server.</summary>
public sealed class ServedFusionTests : IAsyncLifetime
{
    private readonly ScratchFolder _folder = new();
    private readonly List<string> _lines = [];
    private LanguageModel _model = null!;
    private ModelServer _server = null!;
    private Uri _endpoint = null!;

    public async ValueTask InitializeAsync()
    {
        _model = LanguageModel.Load("web", TinyFusion.Model("web"), ScalarType.Float32, CPU);
        _server = new ModelServer(_model, ChatTemplate.Find(TinyFusion.Model("web")), new ServeOptions { ModelName = "org/big-web", Port = 0 }, TimeProvider.System);
        _endpoint = new Uri(await _server.StartAsync(TestContext.Current.CancellationToken), "v1");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Run_SourceBehindAServer_IsFusedAndMeasuredByItsLogProbabilities()
    {
        var recipe = RecipeReader.Read(Write(), ["represent.precision=float32", "train.precision=float32", "evaluate.precision=float32", "baselines.ensemble=true", "baselines.merges=[linear]", "train.learning_rate=0.001"]);
        string before = States(recipe);

        var result = await FusionRun.RunAsync(recipe, new FusionRunOptions { Progress = new HeardProgress(_lines) }, TestContext.Current.CancellationToken);

        Assert.NotNull(result.Verdict);
        Assert.Equal(["security (target)", "data (source)", "big-web (source)", "CLM", "fused"], result.Table.Rows.Select(r => r.Model).Where(m => !m.StartsWith("merge", StringComparison.Ordinal)));
        Assert.DoesNotContain("big-web (source)", result.Table.Skipped.Select(s => s.Name));
        string split = _folder.At("run/01-split");
        var direct = EvaluateStage.Run(() => LanguageModel.Load("web", TinyFusion.Model("web"), ScalarType.Float32, CPU), TinyFusion.Model("web"), split, SequenceLength.Read(split), ScalarType.Float32,
            _folder.At("direct"), StageContext.Silent);
        foreach (var (domain, measured) in EvaluateStage.Read(_folder.At("run/07-evaluate/big-web")))
        {
            Assert.Equal(direct[domain].BitsPerByte, measured.BitsPerByte, 1e-4);
            Assert.Equal((direct[domain].Tokens, direct[domain].Bytes), (measured.Tokens, measured.Bytes));
        }

        Assert.Contains("the weights of big-web are behind a server", result.Table.Skipped.Single(s => s.Name == "ensemble").Why, StringComparison.Ordinal);
        Assert.Single(_lines, l => l.StartsWith("Warning: big-web is behind a server, which gives its likeliest tokens only", StringComparison.Ordinal));
        Assert.Null(new RepresentationFiles(_folder.At("run/02-represent/big-web")).ProjectedOnto);
        Assert.NotNull(new RepresentationFiles(_folder.At("run/02-represent/data")).ProjectedOnto);
        Assert.True(Manifest.Read(_folder.At("run/04-align/big-web")).Figures["covered_positions"] > 100);
        Assert.DoesNotContain(_endpoint.Authority, File.ReadAllText(Path.Combine(result.Models[0], "README.md")), StringComparison.Ordinal);
        Assert.Contains("represent big-web", before, StringComparison.Ordinal);

        // The server goes, its machine trains: what is finished stays, and a dry run asks nobody.
        await _server.StopAsync();
        Assert.All(States(recipe).Split('\n'), s => Assert.EndsWith("up to date", s, StringComparison.Ordinal));
        _lines.Clear();
        await FusionRun.RunAsync(recipe, new FusionRunOptions { Progress = new HeardProgress(_lines) }, TestContext.Current.CancellationToken);
        Assert.Single(_lines, l => l.StartsWith("big-web: its finished representations are kept, though the server cannot be asked", StringComparison.Ordinal));
        Assert.Contains(_lines, l => l.EndsWith("05-pack: up to date", StringComparison.Ordinal));

        string verified = await CommandRun.SucceedAsync("verify", _folder.At("run"));
        Assert.Contains("02-represent/big-web", verified, StringComparison.Ordinal);
        string page = await CommandRun.SucceedAsync("report", _folder.At("run"));
        string report = File.ReadAllText(_folder.At("run/report.md"));
        Assert.Contains("behind a server, as org/big-web", report, StringComparison.Ordinal);
        Assert.DoesNotContain("no longer there", report, StringComparison.Ordinal);
        Assert.NotEmpty(page);
    }

    [Fact]
    public async Task CheckPlanAndDryRun_KnowSuchASource()
    {
        string recipe = Write();

        var (code, said, errors) = await CommandRun.HereAsync("check", recipe);
        string plan = await CommandRun.SucceedAsync("plan", recipe, "--flops", "1e9");
        string dry = await CommandRun.SucceedAsync("run", recipe, "--dry-run");

        Assert.True(code == 0, errors);
        Assert.Equal("The recipe is in order.", said.TrimEnd());
        Assert.Contains("big-web is behind a server", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Skipped: big-web", plan, StringComparison.Ordinal);
        Assert.Matches("evaluate big-web +missing", dry);
        Assert.Matches("represent big-web +missing", dry);
    }

    [Fact]
    public async Task Represent_KilledAtRandomMoments_EndsWithTheBytesOfAnUninterruptedRun()
    {
        await CommandRun.SucceedAsync("split", "--models", TinyFusion.Model("web"), "--texts", $"t={TextsOf(40)}", "--validation", $"t={TextsOf(40)}",
            "--set", "split.max_length=128", "--set", "split.documents_per_shard=3", "--output", _folder.At("split"));
        string[] Command(string output) => ["represent", "--endpoint", _endpoint.ToString(), "--served-model", "org/big-web", "--tokenizer", TinyFusion.Model("web"), "--texts", _folder.At("split"), "--output", _folder.At(output), "--set", "represent.requests=3"];
        await CommandRun.SucceedAsync(Command("whole"));
        var random = new Random(7);
        int killed = 0;
        for (int round = 0; ; round++)
        {
            using var process = FusesharpProcess.Start(Command("killed"));
            if (round < 3 && KillableProcess.KilledInTheMiddle(process, _folder.At("killed"), random))
            {
                killed++;
                continue;
            }

            var end = await FusesharpProcess.EndOf(process);
            Assert.True(end.ExitCode == 0, end.Errors);
            break;
        }

        Assert.Equal(DataStages.Files(_folder.At("whole")), DataStages.Files(_folder.At("killed")));
        Assert.InRange(killed, 1, 3);
    }

    [Theory]
    [InlineData("{ endpoint: \"http://h/v1\", model: m, tokenizer: TOKENIZER, modle: x }", "'sources[1].modle' is an unknown key. Did you mean 'sources[1].model'?")]
    [InlineData("{ endpoint: \"http://h/v1\", tokenizer: TOKENIZER }", "'sources[1].model' is missing. A model behind a server needs 'endpoint', 'model' and 'tokenizer'.")]
    [InlineData("{ model: m, tokenizer: TOKENIZER }", "'sources[1].endpoint' is missing.")]
    [InlineData("{ endpoint: \"http://h/v1\", model: m }", "'sources[1].tokenizer' is missing.")]
    [InlineData("{ endpoint: \"http://h/v1\", model: m, tokenizer: nowhere }", "nowhere")]
    [InlineData("{ endpoint: \"h:8000\", model: m, tokenizer: TOKENIZER }", "'sources[1].endpoint' is 'h:8000', expected an address that begins with http:// or https://.")]
    [InlineData("{ endpoint: \"http://me:secret@h/v1\", model: m, tokenizer: TOKENIZER }", "'sources[1].endpoint' holds more than an address.")]
    [InlineData("{ endpoint: \"http://h/v1?key=secret\", model: m, tokenizer: TOKENIZER }", "'sources[1].endpoint' holds more than an address.")]
    [InlineData("{ path: TOKENIZER, endpoint: \"http://h/v1\", model: m, tokenizer: TOKENIZER }", "'sources[1].path' is the place of a model that is here")]
    [InlineData("{ endpoint: \"http://h/v1\", model: m, tokenizer: TOKENIZER, protocol: grpc }", "'sources[1].protocol' is 'grpc', expected auto, completions, vllm, sglang.")]
    [InlineData("{ endpoint: \"http://h/v1\", model: org/data, tokenizer: TOKENIZER }", "Several models are called 'data'")]
    [InlineData("[a]", "'sources[1]' has another form, expected a folder, or '{ endpoint: http://…/v1, model: NAME, tokenizer: FOLDER }'.")]
    public async Task Check_BadSource_IsRefusedByItsKey(string source, string expected)
    {
        string recipe = Write(source.Replace("TOKENIZER", TinyFusion.Model("web"), StringComparison.Ordinal));

        var (code, _, errors) = await CommandRun.HereAsync("check", recipe);

        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ProjectedRowsAskedFor_IsRefused()
    {
        var (code, _, errors) = await CommandRun.HereAsync("check", Write(), "--set", "represent.rows=projected");

        Assert.Equal(2, code);
        Assert.Contains("'represent.rows' is projected, which sums over the whole vocabulary, but big-web is behind a server", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipe_WrittenAndReadAgain_IsTheSame()
    {
        var recipe = RecipeReader.Read(Write());
        RecipeWriter.Write(_folder.At("again.yaml"), recipe);

        var again = RecipeReader.Read(_folder.At("again.yaml"));

        Assert.Equal(recipe.Sources, again.Sources);
        Assert.Equal(new EndpointModel(_endpoint, "org/big-web", TinyFusion.Model("web")), again.Sources[1].Served);
    }

    [Theory]
    [InlineData(new[] { "--endpoint", "http://h/v1", "--served-model", "m", "--tokenizer", "T", "--model", "T" }, "--model and --endpoint name a model each.")]
    [InlineData(new[] { "--endpoint", "http://h/v1", "--served-model", "m", "--tokenizer", "T", "--target", "T" }, "--target asks for rows that are summed over the whole vocabulary")]
    [InlineData(new[] { "--endpoint", "http://h/v1", "--tokenizer", "T" }, "'--served-model' is missing.")]
    [InlineData(new[] { "--endpoint", "ftp://h/v1", "--served-model", "m", "--tokenizer", "T" }, "'--endpoint' is 'ftp://h/v1', expected an address")]
    [InlineData(new string[0], "Nothing says which model.")]
    public async Task RepresentCommand_HalfNamedModel_IsRefused(string[] options, string expected)
    {
        var (code, _, errors) = await CommandRun.HereAsync(["represent", .. options.Select(o => o == "T" ? TinyFusion.Model("web") : o), "--texts", _folder.At("split"), "--output", _folder.At("rows")]);

        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    private static string States(Recipe recipe) => string.Join('\n', FusionPlan.Create(recipe).States(CPU).Select(s => $"{s.Step.Name}: {s.Text}"));

    private string TextsOf(int documents)
    {
        File.WriteAllLines(_folder.At("texts.jsonl"), Enumerable.Range(0, documents).Select(i => JsonSerializer.Serialize(new { text = $"Element {i} of the document is read by the reader, and then {string.Concat(Enumerable.Repeat("the next one, ", i % 5))}closed." })));
        return _folder.At("texts.jsonl");
    }

    private string Write(string? source = null)
    {
        string recipe = TinyFusion.Write(_folder);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace($"  - {TinyFusion.Model("web")}", $"  - {source ?? $"{{ endpoint: \"{_endpoint}\", model: org/big-web, tokenizer: {TinyFusion.Model("web")} }}"}", StringComparison.Ordinal));
        return recipe;
    }
}
