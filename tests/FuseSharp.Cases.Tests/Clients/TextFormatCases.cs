using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using TorchSharp;

namespace FuseSharp.Cases.Tests.Clients;

public sealed class TextFormatCases : IDisposable
{
    private static readonly string[] _expected = ["First document.", "Second document “äöü”.", "Third\ndocument."];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("clients/texts-formats")]
    [InlineData("a.csv")]
    [InlineData("a.jsonl.bz2")]
    [InlineData("a.jsonl.xz")]
    [InlineData("a.ndjson")]
    [InlineData("array.json")]
    [InlineData("lines.json")]
    [InlineData("dictionary.arrow")]
    [InlineData("nested.parquet", "meta.text")]
    [InlineData("polars-categorical.parquet")]
    [InlineData("polars-enum.parquet")]
    [InlineData("upper.JSONL")]
    public void Read_GivesTheTexts(string name, string field = "text")
        => Assert.Equal(_expected, TextFiles.Read(CaseFolder.At("clients/texts-formats", name), field).Select(d => d.Text));

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("clients/texts-formats")]
    public void Read_ABinaryColumn_IsRefusedByName()
        => Assert.Contains("text (binary)", Assert.Throws<ArtifactException>(() => TextFiles.Read(CaseFolder.At("clients/texts-formats", "binary.parquet")).ToList()).Message, StringComparison.Ordinal);

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("clients/lm-eval-empty-context")]
    public async Task Lambada_WithoutContext_BeginsWithTheBeginningOfText()
    {
        await CommandRun.SucceedAsync("evaluate", DemoModels.Path("security"), "--tasks", "lambada", "--data", CaseFolder.At("clients/lm-eval-empty-context"), "--precision", "float32", "--samples", _folder.At("out.jsonl"));
        string samples = File.ReadAllText(_folder.At("out.jsonl"));

        double expected = LogProbabilityBehindTheBeginning(" word");
        Assert.Contains(Numbers(samples), n => Math.Abs(n - expected) < 1e-3);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("clients/mergekit-configs")]
    public void MergekitConfigurations_GiveMergekitsNumbers()
    {
        foreach (string model in new[] { "base", "tuned-1", "tuned-2" })
        {
            Directory.CreateSymbolicLink(_folder.At(model), SharedData.Path("golden", "adapters", "merge", model));
        }

        using var right = JsonDocument.Parse(File.ReadAllText(CaseFolder.At("clients/mergekit-configs", "expected.json")));
        foreach (var merge in right.RootElement.EnumerateObject())
        {
            using var scope = torch.NewDisposeScope();
            File.Copy(CaseFolder.At("clients/mergekit-configs", merge.Name + ".yaml"), _folder.At(merge.Name + ".yaml"));
            MergeStage.Run(MergeOptions.Read(_folder.At(merge.Name + ".yaml")), _folder.At("merged-" + merge.Name), StageContext.Silent);

            using var merged = new SafetensorsReader(_folder.At($"merged-{merge.Name}/model.safetensors"));
            foreach (var tensor in merge.Value.GetProperty("tensors").EnumerateObject())
            {
                var numbers = merged.Read(tensor.Name);
                Assert.Equal(merge.Value.GetProperty("dtype").GetString(), "torch." + ModelConfig.Read(_folder.At("merged-" + merge.Name)).StorageType.ToString().ToLowerInvariant());
                float[] found = [.. numbers.to_type(torch.ScalarType.Float32).data<float>().Take(6)];

                // Written with six decimals; in float16 mergekit sums in float16 too.
                double tolerance = numbers.dtype switch { torch.ScalarType.Float32 => 1e-6, torch.ScalarType.BFloat16 => 4e-3, _ => 1e-3 };
                Assert.Equal(tensor.Value.GetProperty("first").EnumerateArray().Select(n => n.GetSingle()), found, (x, y) => Math.Abs(x - y) <= tolerance * Math.Max(1, Math.Abs(x)));
                Assert.Equal(tensor.Value.GetProperty("norm").GetDouble(), numbers.to_type(torch.ScalarType.Float64).norm().item<double>(), 1e-2);
            }
        }
    }

    // log P(tokens | <s>), as lm-evaluation-harness has it.
    private static double LogProbabilityBehindTheBeginning(string text)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var model = LanguageModel.Load(DemoModels.Path("security"), device: "cpu");
        long[] ids = [model.Tokenizer.BeginningOfTextId!.Value, .. model.Tokenizer.Encode(text).Ids.Select(i => (long)i)];
        var logs = model.Network.Logits(torch.tensor(ids).unsqueeze(0)).to(torch.ScalarType.Float64).log_softmax(-1)[0];
        return Enumerable.Range(1, ids.Length - 1).Sum(i => logs[i - 1, ids[i]].item<double>());
    }

    private static IEnumerable<double> Numbers(string json)
        => System.Text.RegularExpressions.Regex.Matches(json, @"-?\d+\.\d+").Select(m => double.Parse(m.Value, System.Globalization.CultureInfo.InvariantCulture));
}
