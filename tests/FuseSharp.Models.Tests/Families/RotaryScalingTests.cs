using FuseSharp.Models.Configuration;
using FuseSharp.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Families;

/// <summary>Scalings of rotary positions by numbers that one can check.</summary>
public sealed class RotaryScalingTests
{
    // θ = 10,000, d = 8: frequencies 1, 0.1, 0.01, 0.001. L = 2000π: pair i turns L·f/2π = 1000, 100, 10, 1 times; edge(n) = 8·ln(1000/n)/(2·ln 10,000) = log₁₀(1000/n).
    [Fact]
    public void Yarn_KeepsFastPairsDividesSlowOnesAndBlendsBetween()
    {
        var scaling = new YarnScaling(4, 2000 * Math.PI, fast: 1000, slow: 10, truncates: false, attentionFactor: 1.1);

        // Edges 0 and 2: ramp 0, ½, 1, 1. ½·0.1 + ½·0.1/4 = 0.0625
        Assert.Equal([1, 0.0625, 0.0025, 0.00025], scaling.Frequencies(8, 10_000, 1).Select(f => Math.Round(f, 7)));
        Assert.Equal(1.1, scaling.AttentionFactor);
    }

    [Fact]
    public void Yarn_Truncated_HasWholePairsForEdges()
    {
        // edge(200) = 0.699 becomes 0, edge(20) = 1.699 becomes 2: the same ramp as above.
        var scaling = new YarnScaling(4, 2000 * Math.PI, fast: 200, slow: 20, truncates: true, attentionFactor: 1);

        Assert.Equal([1, 0.0625, 0.0025, 0.00025], scaling.Frequencies(8, 10_000, 1).Select(f => Math.Round(f, 7)));
    }

    [Fact]
    public void Yarn_Sharpness_GrowsWithTheLogarithmOfTheFactor()
    {
        Assert.Equal(1.1386294, YarnScaling.Sharpness(4, 1), 1e-7); // 0.1·ln 4 + 1
        Assert.Equal(1, YarnScaling.Sharpness(1, 3));
    }

    [Fact]
    public void LongRope_DividesByTheFactorsOfTheTextsLength()
    {
        var scaling = new LongRopeScaling([1, 2], [4, 8], 64, 1);

        Assert.Equal([1, 0.005], scaling.Frequencies(4, 10_000, 64).Select(f => Math.Round(f, 7))); // 0.01/2
        Assert.Equal([0.25, 0.00125], scaling.Frequencies(4, 10_000, 65).Select(f => Math.Round(f, 7)));
        Assert.Equal([0, 0, 1], new long[] { 1, 64, 65 }.Select(scaling.LengthClass));
    }

    [Fact]
    public void Turn_Neighbours_TurnsPairsThatStandSideBySide()
    {
        using var scope = NewDisposeScope();
        var heads = tensor(new float[] { 1, 0, 0, 1, 7 }).view(1, 1, 1, 5); // a quarter turn of the first pair, none of the second, the last number stays
        var angles = (tensor(new float[] { 0, 1, 0, 1 }).view(1, 4), tensor(new float[] { 1, 0, 1, 0 }).view(1, 4));

        Assert.Equal([0, 1, 0, 1, 7], RotaryPositions.Turn(heads, angles, isInterleaved: true).data<float>().ToArray());
        Assert.Equal([0, 0, 1, 1, 7], RotaryPositions.Turn(heads, angles).data<float>().ToArray());
    }

    [Fact]
    public void SoftCap_IsCapTimesTanh()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(1.5231884, SoftCap.Run(tensor(2f), 2).ToDouble(), 1e-6); // 2·tanh 1
        Assert.Equal(2, SoftCap.Run(tensor(1e6f), 2).ToDouble(), 1e-6);
    }
}
