using System.Globalization;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Pipeline.Compare;

namespace FuseSharp.Pipeline.Tests.Compare;

public sealed class ComparisonTableTests
{
    [Fact]
    public void Show_SeveralSeeds_ShowsMeansWithStandardErrorsInAnyCulture()
    {
        CultureInfo.CurrentCulture = new CultureInfo("de-DE");
        var source = Row("source", (2.0, 4.0));
        var fused = Row("fused", (1.0, 3.0), (1.2, 3.4));

        static string[] Shown(ComparisonRow row) => [.. new[] { row.Of("a"), row.Of("b"), row.Mean(["a", "b"]) }.Select(f => ComparisonTable.Show(f, row.Seeds.Count))];

        // fused, a: mean 1.1, standard error |1.2 − 1.0|/√2/√2 = 0.1; mean of both: 2.0 and 2.3, so 2.15 ± 0.15
        Assert.Equal(["2.0000", "4.0000", "3.0000"], Shown(source));
        Assert.Equal(["1.1000 ± 0.1000", "3.2000 ± 0.2000", "2.1500 ± 0.1500"], Shown(fused));
    }

    [Fact]
    public void Mean_DomainWithoutTestTexts_StaysInTheTableAndIsSaid()
    {
        var table = new ComparisonTable(["a", "b", "empty"], [Row("source", (2.0, 4.0))]);

        Assert.Equal("–", ComparisonTable.Show(table.Rows[0].Of("empty"), 1));
        Assert.Equal("3.0000", ComparisonTable.Show(table.Rows[0].Mean(table.Domains), 1));
        Assert.Equal("mean of 2", table.MeanName);
        Assert.Equal("–", new ComparisonRow("none", [new Dictionary<string, BitsPerByteResult>()]).Mean(["a"]).Show());
    }

    [Fact]
    public void StandardErrorsAhead_TwoSeedsEach_IsTheDifferenceOverItsError()
    {
        var better = Row("fused", (1.0, 1.0), (1.2, 1.2)); // 1.1 ± 0.1
        var worse = Row("CLM", (2.0, 2.0), (2.2, 2.2));    // 2.1 ± 0.1

        Assert.Equal(1 / Math.Sqrt(0.02), better.StandardErrorsAhead(worse, ["a", "b"]), 9);
        Assert.True(double.IsNaN(Row("one", (1, 1)).StandardErrorsAhead(worse, ["a", "b"])));
    }

    [Fact]
    public void BitsPerByte_OfTexts_IsTheRatioOfSums()
    {
        // 8 bits over 4 bytes and 2 bits over 1 byte: 10/5 = 2
        var result = BitsPerByteResult.From(new([8 * Math.Log(2), 2 * Math.Log(2)], [4, 1], [1, 1]), 5);

        Assert.Equal(2, result.BitsPerByte, 12);
        Assert.Equal(0, result.StandardError, 12); // both texts have exactly that ratio
        Assert.Equal(4, result.PerplexityPerToken, 12); // 10 bits over 5 tokens
    }

    private static ComparisonRow Row(string name, params (double A, double B)[] seeds)
        => new(name, [.. seeds.Select(s => new Dictionary<string, BitsPerByteResult> { ["a"] = Of(s.A), ["b"] = Of(s.B) })]);

    private static BitsPerByteResult Of(double bits) => new(bits, 0, 0, 1, 1);
}
