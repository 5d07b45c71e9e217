using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Fusion.Tests.Fuse;

public sealed class ModelCostsTests
{
    private static readonly PackedBlock _block = new(
        new int[4], [new(0, 3, [2, 1], [0.5f, 0.25f]), new(1, 1, [6, 5], [0, 1])], [Blocks.Rows([], [], [], []), Blocks.Rows([], [], [], [])]);

    [Fact]
    public void Of_Document_IsEachSegmentsNatsPerByte()
        => Assert.Equal([[0.5f, 0.25f], [0, 1]], ModelCosts.Compute(_block, new(TeacherSelection.Document)));

    [Fact]
    public void Of_Block_IsTheMeanOverTokensForEverySegment()
        => Assert.Equal([[3, 2], [3, 2]], ModelCosts.Compute(_block, new(TeacherSelection.Block))); // (3·2 + 6)/4, (3·1 + 5)/4

    [Fact]
    public void Rewards_Document_AreOnThePapersScaleOfNatsPerTargetToken()
    {
        float[] rewards = ModelCosts.Rewards([0.5f, 0.25f], _block.Segments[0], new(TeacherSelection.Document));

        Assert.Equal(Math.Exp(-2), rewards[0], 1e-7); // 2/0.5 = 4 bytes a token, 4 · 0.5
        Assert.Equal(Math.Exp(-1), rewards[1], 1e-7); // 4 · 0.25
    }

    [Fact]
    public void Rewards_DocumentThatCostTheTargetNothing_AreNotScaled()
        => Assert.Equal([1, MathF.Exp(-1)], ModelCosts.Rewards([0, 1], _block.Segments[1], new(TeacherSelection.Document)), (a, b) => Math.Abs(a - b) < 1e-7f);

    [Fact]
    public void Rewards_Block_AreOfNatsPerToken()
        => Assert.Equal(Math.Exp(-3), ModelCosts.Rewards([3, 2], _block.Segments[0], new(TeacherSelection.Block))[0], 1e-7);

    [Fact]
    public void Rewards_Reference_AreRoundedAtEveryStep()
    {
        // bfloat16 near e = 2.71828 has steps of 1/64: 2.71875; 1/2.71875 = 0.367816, steps of 1/512 there: 0.3671875 = 188/512.
        Assert.Equal([188f / 512], ModelCosts.Rewards([1], _block.Segments[0], new(TeacherSelection.Block, RoundsLikeReference: true)));
    }

    [Theory]
    [InlineData(1.0 + (1.0 / 256), 1.0)]            // halfway between 1 and 1 + 1/128: to the even one
    [InlineData(1.0 + (3.0 / 256), 1.0 + (1.0 / 64))] // halfway between 1 + 1/128 and 1 + 2/128
    [InlineData(1.0 + (3.1 / 256), 1.0 + (1.0 / 64))]
    [InlineData(-1.0 - (0.9 / 256), -1.0)]
    [InlineData(double.NaN, double.NaN)]
    public void Kept_Reference_IsTheNearestBfloat16(double value, double expected)
        => Assert.Equal((float)expected, new FusionSettings(TeacherSelection.Block, RoundsLikeReference: true).Rounded(value));

    [Fact]
    public void Rounded_Default_IsTheNumber() => Assert.Equal(1.00390625f, new FusionSettings(TeacherSelection.Block).Rounded(1.00390625));
}
