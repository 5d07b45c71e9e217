using System.Text.Json;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Cases.Tests.Work;

public sealed class TrainingCases : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/one-step-lr0")]
    public async Task OneStep_IsWarnedAboutAndLearns()
    {
        string texts = CaseFolder.At("work/one-step-lr0", "texts.parquet");
        string held = CaseFolder.At("work/one-step-lr0", "held-out.jsonl");
        File.WriteAllText(_folder.At("recipe.yaml"), $$"""
            output: run
            target: {{DemoModels.Path("security")}}
            sources: [{{DemoModels.Path("web")}}]
            texts:
              a: {train: {{texts}}, validation: {{held}}, test: {{held}}}
            split: {max_length: 256}
            train: {batch_size: 128, learning_rate: 1e-3}
            """);

        var (code, _, warnings) = await CommandRun.HereAsync("check", _folder.At("recipe.yaml"));
        Assert.Equal(0, code);
        Assert.Contains(": 1 step.", warnings, StringComparison.Ordinal);

        await CommandRun.SucceedAsync("run", _folder.At("recipe.yaml"));
        string trained = _folder.At("run/06-train/fused-seed42");
        using var step = JsonDocument.Parse(Assert.Single(File.ReadLines(Path.Combine(trained, "log.jsonl"))));
        Assert.Equal(0.0005, step.RootElement.GetProperty("learning_rate").GetDouble(), 9); // the one step of the warm-up: 1/2 of the rate
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(DemoModels.Path("security"), "model.safetensors")), File.ReadAllBytes(Path.Combine(trained, "model.safetensors")));
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/split-fragments")]
    public async Task SplitFragments_LeavesNoCrumb()
    {
        string[] models = [DemoModels.Path("security"), DemoModels.Path("web"), DemoModels.Path("data")];
        await CommandRun.SucceedAsync(["split", "--models", .. models, "--texts", $"a={CaseFolder.At("work/split-fragments", "long.jsonl")}", "--set", "split.max_length=128", "--output", _folder.At("out")]);

        ITokenizer[] tokenizers = [.. models.Select(m => TokenizerFolder.Load(m))];
        var documents = new TextPieceFiles(_folder.At("out"), DataSplit.Train).Read().GroupBy(p => p.Id.Document).ToList();
        Assert.NotEmpty(documents);
        Assert.All(documents, document =>
        {
            int[] lengths = [.. document.Select(p => tokenizers.Max(t => t.Encode(p.Text).Count))];
            Assert.All(lengths.Zip(lengths.Skip(1)), n => Assert.True(2 * Math.Min(n.First, n.Second) >= Math.Max(n.First, n.Second)));
        });
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/nan-model-scores")]
    public async Task NanModel_GetsNoScore()
    {
        string model = NanModel(_folder.At("nan"));
        File.WriteAllText(_folder.At("text.txt"), "The key of the certificate.");
        File.WriteAllText(_folder.At("empty.jsonl"), "");

        string[][] commands =
        [
            ["evaluate", model, "--tasks", "arc_easy", "--data", CaseFolder.At("work/nan-model-scores", "data")],
            ["evaluate", model, "--texts", _folder.At("text.txt")],
            ["ensemble", "--models", model, DemoModels.Path("web"), "--texts", _folder.At("text.txt")],
            ["ensemble", "--models", DemoModels.Path("web"), model, "--texts", _folder.At("text.txt")],
            ["ensemble", "--models", DemoModels.Path("web"), model, "--tasks", "arc_easy", "--data", CaseFolder.At("work/nan-model-scores", "data")],
            ["generate", model, "--prompt", "Gets"],
        ];
        foreach (string[] command in commands)
        {
            var (code, output, errors) = await CommandRun.HereAsync([.. command, "--precision", "float32"]);
            Assert.True(code == 2, $"{string.Join(' ', command)}: {code} {output}{errors}");
            Assert.DoesNotContain("±", output, StringComparison.Ordinal);
        }

        Assert.Equal(2, (await CommandRun.HereAsync("evaluate", DemoModels.Path("web"), "--texts", _folder.At("empty.jsonl"))).Code);
    }

    // Of a float16 file: every number is made NaN.
    private static string NanModel(string folder)
    {
        ModelCopy.Make(DemoModels.Path("security"), folder);
        string file = Path.Combine(folder, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        int header = 8 + (int)BitConverter.ToInt64(bytes);
        bytes.AsSpan(header).Fill(0xFF);
        File.WriteAllBytes(file, bytes);
        return folder;
    }
}
