using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Options;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

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
        using var right = JsonDocument.Parse(File.ReadAllText(CaseFolder.At("clients/lm-eval-empty-context", "expected.json")));
        await CommandRun.SucceedAsync("evaluate", DemoModels.Path("security"), "--tasks", "lambada", "--data", CaseFolder.At("clients/lm-eval-empty-context"), "--precision", "float32", "--samples", _folder.At("out.jsonl"));
        string samples = File.ReadAllText(_folder.At("out.jsonl"));

        double expected = right.RootElement.GetProperty("right_with_bos").GetDouble();
        Assert.Contains(Numbers(samples), n => Math.Abs(n - expected) < 1e-3);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("clients/mergekit-configs")]
    public void MergekitConfigurations_AreReadOrRefusedByName()
    {
        var ties = MergeOptions.Read(CaseFolder.At("clients/mergekit-configs", "readme-ties.yaml"));
        Assert.Empty(OptionRange.ErrorsOf(ties));
        Assert.Equal("float16", ties.Dtype);
        Assert.Equal(2, ties.Others.Count);
        Assert.False(ties.Parameters.Normalize);

        Assert.Equal("bfloat16", MergeOptions.Read(CaseFolder.At("clients/mergekit-configs", "out-dtype.yaml")).Dtype);
        Assert.Empty(OptionRange.ErrorsOf(MergeOptions.Read(CaseFolder.At("clients/mergekit-configs", "chat-template.yaml"))));

        Assert.Contains("'slices' is not supported", Refusal("readme-slerp.yaml"), StringComparison.Ordinal);
        Assert.Contains("'parameters.t' is a list", Refusal("readme-slerp.yaml"), StringComparison.Ordinal);
        Assert.Contains("density' is a list", Refusal("gradient-ties.yaml"), StringComparison.Ordinal);
    }

    private static string Refusal(string file) => Assert.Throws<RecipeException>(() => MergeOptions.Read(CaseFolder.At("clients/mergekit-configs", file))).Message;

    private static IEnumerable<double> Numbers(string json)
        => System.Text.RegularExpressions.Regex.Matches(json, @"-?\d+\.\d+").Select(m => double.Parse(m.Value, System.Globalization.CultureInfo.InvariantCulture));
}
