using FuseSharp.Evaluation.Evaluate;


namespace FuseSharp.Evaluation.Tests.Evaluate;

public sealed class BitsPerByteResultTests
{
    private static readonly double _bit = Math.Log(2);

    [Fact]
    public void Below_TextsThatAreHardForBoth_LeavesTheSmallErrorOfTheDifference()
    {
        // Bits 8, 80 and 7, 78 over 10 bytes each: apart by 1 and 2, a mean of 1.5 / 10 bytes.
        var worse = BitsPerByteResult.From(new([8 * _bit, 80 * _bit], [10, 10], [1, 1]), 2);
        var better = BitsPerByteResult.From(new([7 * _bit, 78 * _bit], [10, 10], [1, 1]), 2);

        var (bits, error) = better.Below(worse);

        Assert.Equal(0.15, bits, 12);
        Assert.Equal(0.05, error, 12);                 // residuals ∓0.5: √(2·0.5²·2/1)/20
        Assert.Equal(3.6, worse.StandardError, 12);    // residuals ∓36: √(2·36²·2/1)/20
    }

    [Fact]
    public void Below_OtherTexts_IsUnknown()
        => Assert.True(double.IsNaN(BitsPerByteResult.From(new([1], [10], [1]), 1).Below(BitsPerByteResult.From(new([1], [11], [1]), 1)).Bits));

    [Fact]
    public void MeanOf_TwoSeeds_IsTheMeanTextByText()
    {
        var mean = BitsPerByteResult.MeanOf([BitsPerByteResult.From(new([2 * _bit, 4 * _bit], [2, 2], [1, 1]), 3), BitsPerByteResult.From(new([4 * _bit, 6 * _bit], [2, 2], [1, 1]), 3)]);

        Assert.Equal(2, mean.BitsPerByte, 12); // (3 + 5) bits over 4 bytes
        Assert.Equal(0.5, mean.StandardError, 12);
    }

    [Fact]
    public void PerplexityPerWord_CountsWordsAsTheHarnessDoes()
    {
        var costs = TextCosts.Sum([new("one two"), new(" three\n\tfour "), new("")], [2 * _bit, 6 * _bit, 0]);

        Assert.Equal([2, 4, 1], costs.Words); // re.split(r"\s+", " three\n\tfour ") has empty parts at both ends
        Assert.Equal(Math.Pow(2, 8 / 7.0), BitsPerByteResult.From(costs, 5).PerplexityPerWord, 12);
    }
}
