using FuseSharp.Torch.Evaluate;

namespace FuseSharp.Torch.Tests.Evaluate;

public sealed class BitsPerByteResultTests
{
    private static readonly double _bit = Math.Log(2);

    [Fact]
    public void Below_TextsThatAreHardForBoth_LeavesTheSmallErrorOfTheDifference()
    {
        // Bits 8, 80 and 7, 78 over 10 bytes each: apart by 1 and 2, a mean of 1.5 / 10 bytes.
        var worse = BitsPerByteResult.Of([8 * _bit, 80 * _bit], [10, 10], 2);
        var better = BitsPerByteResult.Of([7 * _bit, 78 * _bit], [10, 10], 2);

        var (bits, error) = better.Below(worse);

        Assert.Equal(0.15, bits, 12);
        Assert.Equal(0.05, error, 12);                 // residuals ∓0.5: √(2·0.5²·2/1)/20
        Assert.Equal(3.6, worse.StandardError, 12);    // residuals ∓36: √(2·36²·2/1)/20
    }

    [Fact]
    public void Below_OtherTexts_IsUnknown()
        => Assert.True(double.IsNaN(BitsPerByteResult.Of([1], [10], 1).Below(BitsPerByteResult.Of([1], [11], 1)).Bits));

    [Fact]
    public void MeanOf_TwoSeeds_IsTheMeanTextByText()
    {
        var mean = BitsPerByteResult.MeanOf([BitsPerByteResult.Of([2 * _bit, 4 * _bit], [2, 2], 3), BitsPerByteResult.Of([4 * _bit, 6 * _bit], [2, 2], 3)]);

        Assert.Equal(2, mean.BitsPerByte, 12); // (3 + 5) bits over 4 bytes
        Assert.Equal(0.5, mean.StandardError, 12);
    }
}
