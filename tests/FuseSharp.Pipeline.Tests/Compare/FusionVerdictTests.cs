using System.Globalization;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Pipeline.Compare;

namespace FuseSharp.Pipeline.Tests.Compare;

/// <summary>What is said of a comparison whose figures are made up: areas a and b, the target at 3 bits per byte, web at 2 in b.</summary>
public sealed class FusionVerdictTests
{
    private static readonly VerdictEvidence _taught = new(0.4, IsUntouched: false);

    // Bits of two texts of 8 bytes each, so that the mean of an area is that of its texts: differences of 0.1 and 0.3 are 0.2 ± 0.1 in an area, 0.2 ± 0.0707 in two.
    [Theory]
    [InlineData(0.1, 0.3, "Fusion helped: 0.2000 ± 0.0707 bits per byte better than training without it, better than the target in 2 of 2 areas. One seed: how much another would differ is not known. ")]
    [InlineData(-0.1, -0.3, "Fusion did not help: 0.2000 ± 0.0707 bits per byte worse than training without it, better than the target in 2 of 2 areas, although the sources taught 40 % of the tokens and one of them is better than the target in 1 of 2 areas (b). One seed: how much another would differ is not known. ")]
    [InlineData(-0.2, 0.4, "Fusion made no clear difference: 0.1000 ± 0.2121 bits per byte better than training without it, better than the target in 2 of 2 areas, although the sources taught")]
    public void Sentence_SaysWhichWayHowSureAndWhy(double first, double second, string expected)
    {
        CultureInfo.CurrentCulture = new CultureInfo("de-DE");

        string sentence = Create([2.5 + first, 2.5 + second], [2.5, 2.5], _taught).Sentence;

        Assert.StartsWith(expected, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Sentence_SourcesWorseThanTheTarget_IsTheReason()
    {
        var rows = new[] { Row(ModelRole.Target, 3, 3), Row(ModelRole.Source, 4, 4), Row(ModelRole.Clm, 2, 2), Row(ModelRole.Fused, 3.5, 2.5) };

        var verdict = FusionVerdict.Create(rows, ["a", "b"], new(0.004, IsUntouched: false))!;

        Assert.Equal(VerdictOutcome.DidNotHelp, verdict.Outcome);
        Assert.Contains(", because the sources taught 0.4 % of the tokens: they are worse than the target on these texts.", verdict.Sentence, StringComparison.Ordinal);
        Assert.Equal(["b"], verdict.Better);
    }

    [Fact]
    public void Sentence_ResultIsTheTarget_SaysSo()
        => Assert.Contains(", because no state of the training was better on the validation texts than the untouched target, which is the result;", Create([2.5, 2.6], [2.9, 2.9], new(0.4, IsUntouched: true)).Sentence, StringComparison.Ordinal);

    [Fact]
    public void Create_WithoutClm_DoesNotKnow()
    {
        var verdict = FusionVerdict.Create([Row(ModelRole.Target, 3, 3), Row(ModelRole.Source, 4, 2), Row(ModelRole.Fused, 2.5, 3.5)], ["a", "b"], _taught)!;

        Assert.Equal((VerdictOutcome.Unknown, null), (verdict.Outcome, verdict.Ahead));
        Assert.StartsWith("The fused model is better than the target in 1 of 2 areas; whether fusion helped is not known", verdict.Sentence, StringComparison.Ordinal);
        Assert.Null(FusionVerdict.Create([Row(ModelRole.Target, 3, 3), Row(ModelRole.Clm, 2, 2)], ["a", "b"], _taught));
    }

    [Fact]
    public void PairedBelow_SeedsThatMoveTogether_AreSureOfTheDifference()
    {
        // CLM 2.0 and 2.4, fused 1.9 and 2.1: by pairs 0.1 and 0.3, so 0.2 ± 0.1; texts alike add nothing.
        var clm = new ComparisonRow("CLM", [Area(2.0), Area(2.4)]);
        var fused = new ComparisonRow("fused", [Area(1.9), Area(2.1)]);

        var below = fused.PairedBelow(clm, ["a", "b"]);

        Assert.Equal(0.2, below.Mean, 9);
        Assert.Equal(0.1, below.StandardError, 9);
        Assert.True(fused.StandardErrorsAhead(clm, ["a", "b"]) < 1);
    }

    [Fact]
    public void Cells_WorseThanTheTarget_AreMarkedButNotSources()
    {
        var table = new ComparisonTable(["a", "b"], [Row(ModelRole.Target, 3, 3), Row(ModelRole.Source, 4, 2), Row(ModelRole.Fused, 3.5, 2)]);

        Assert.Equal(["4.0000", "2.0000", "3.0000"], table.Cells(table.Rows[1]));
        Assert.Equal(["3.5000 ▲", "2.0000", "2.7500"], table.Cells(table.Rows[2]));
        Assert.Equal("▲ worse than the untouched target.", table.MarkNote);
        Assert.Null(new ComparisonTable(["a"], [Row(ModelRole.Target, 3, 3)]).MarkNote);
    }

    [Fact]
    public void Write_IsReadByMachines()
    {
        using var folder = new Testing.ScratchFolder();

        Create([2.6, 2.8], [2.5, 2.5], _taught).Write(folder.At("verdict.json"));

        var read = System.Text.Json.JsonDocument.Parse(File.ReadAllText(folder.At("verdict.json"))).RootElement;
        Assert.Equal("helped", read.GetProperty("outcome").GetString());
        Assert.Equal(0.2, read.GetProperty("ahead").GetProperty("bits").GetDouble(), 9);
        Assert.StartsWith("Fusion helped", read.GetProperty("sentence").GetString(), StringComparison.Ordinal);
    }

    // CLM's texts have the first bits, the fused model's the second, in both areas.
    private static FusionVerdict Create(double[] clm, double[] fused, VerdictEvidence evidence)
    {
        Dictionary<string, BitsPerByteResult> Both(double[] texts) => new() { ["a"] = Of(texts), ["b"] = Of(texts) };
        ComparisonRow[] rows =
        [
            Row(ModelRole.Target, 3, 3), Row(ModelRole.Source, 4, 2) with { Model = "web" },
            new("CLM", [Both(clm)]) { Role = ModelRole.Clm }, new("fused", [Both(fused)]) { Role = ModelRole.Fused },
        ];
        return FusionVerdict.Create(rows, ["a", "b"], evidence)!;
    }

    private static ComparisonRow Row(ModelRole role, double a, double b)
        => new(role.ToString(), [new Dictionary<string, BitsPerByteResult> { ["a"] = Of([a, a]), ["b"] = Of([b, b]) }]) { Role = role };

    private static Dictionary<string, BitsPerByteResult> Area(double bits) => new() { ["a"] = Of([bits, bits]), ["b"] = Of([bits, bits]) };

    private static BitsPerByteResult Of(double[] bits) => BitsPerByteResult.From(new([.. bits.Select(b => 8 * b * Math.Log(2))], [8, 8], [1, 1]), 4);
}
