using CsCheck;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;
using FuseSharp.Testing.Oracles;

namespace FuseSharp.Fusion.Tests.Fuse;

public sealed class MinCrossEntropyRuleTests
{
    private static readonly RowProbabilities _true = new(renormalizes: false);

    // Two documents of two tokens and one; the target says 0, the source 1, the source says nothing of the second token.
    private static readonly PackedBlock _block = new(
        [5, 6, 7],
        [new(0, 2, [2.0f, 1.8f], [0.5f, 0.4f]), new(1, 1, [1.0f, 5.0f], [0.3f, 0.6f])],
        [Blocks.Rows([(0, 0.5)], [(0, 0.25)], [(0, 0.75)]), Blocks.Rows([(1, 0.5), (2, 0.25)], [], [(1, 1)])]);

    [Fact]
    public void Fuse_ByDocument_EachDocumentHasTheModelOfFewestNatsPerByte()
    {
        var fused = new MinCrossEntropyRule(new(TeacherSelection.Document)).Fuse(_block, _true);

        Assert.Equal([1, 0], fused.Teachers);        // 0.4 < 0.5, 0.3 < 0.6
        Assert.Equal([0, 2, 2, 3], fused.RowStarts); // the source's row, nothing, the target's row
        Assert.Equal([1, 2, 0], fused.Indices);
        Assert.Equal([0.5f, 0.25f, 0.75f], fused.Probabilities, (a, b) => Math.Abs(a - b) < 1e-6f);
        Assert.Equal(Math.Exp(-1.6), fused.Rewards[0], 1e-6); // 0.4 nats a byte · 2.0/0.5 = 4 bytes a target token
        Assert.Equal(Math.Exp(-1.0), fused.Rewards[1], 1e-6); // the target's own nats per token
    }

    [Fact]
    public void Fuse_ByBlock_OneModelForAllByNatsPerToken()
    {
        var fused = new MinCrossEntropyRule(new(TeacherSelection.Block)).Fuse(_block, _true);

        // target (2 + 2 + 1)/3 = 5/3, source (1.8 + 1.8 + 5)/3 = 8.6/3
        Assert.Equal([0, 0], fused.Teachers);
        Assert.Equal([0, 1, 2, 3], fused.RowStarts);
        Assert.Equal([0, 0, 0], fused.Indices);
        Assert.All(fused.Rewards, r => Assert.Equal(Math.Exp(-5.0 / 3), r, 1e-6));
    }

    [Fact]
    public void Fuse_EmptyRowFilledFromTheTarget_IsTheTargetsRow()
    {
        var fused = new MinCrossEntropyRule(new(TeacherSelection.Document, FillsFromTarget: true)).Fuse(_block, _true);

        Assert.Equal([0, 2, 3, 4], fused.RowStarts);
        Assert.Equal([1, 2, 0, 0], fused.Indices);
        Assert.Equal(0.25, fused.Probabilities[2], 1e-6);
    }

    [Fact]
    public void Fuse_TargetSwitchedOff_TheSourceTeachesEvenWhereItIsWorse()
        => Assert.Equal([1, 1], new MinCrossEntropyRule(new(TeacherSelection.Document, SwitchedOff: [0])).Fuse(_block, _true).Teachers);

    [Fact]
    public void Fuse_EveryModelSwitchedOff_Refuses()
        => Assert.Throws<ArgumentException>(() => new MinCrossEntropyRule(new(TeacherSelection.Document, SwitchedOff: [0, 1])).Fuse(_block, _true));

    [Theory]
    [InlineData(false, new int[0], 0)] // all three are equal: the target
    [InlineData(false, new[] { 0 }, 1)] // the first of two equal sources
    [InlineData(true, new[] { 0 }, 2)] // the reference without its target: the second
    [InlineData(true, new int[0], 0)]
    public void Fuse_EqualCosts_TheFirstWinsButInTheReferenceWithoutTarget(bool asReference, int[] switchedOff, int teacher)
    {
        var one = Blocks.Rows([(0, 1)]);
        var block = new PackedBlock([3], [new(0, 1, [1, 1, 1], [1, 1, 1])], [one, one, one]);

        Assert.Equal([teacher], new MinCrossEntropyRule(new(TeacherSelection.Block, false, asReference, switchedOff)).Fuse(block, _true).Teachers);
    }

    [Fact]
    public void Fuse_RandomBlocks_IsTheDefinition()
        => Gen.Select(Blocks.Random, Gen.Bool, Gen.Bool, Gen.Bool).Sample((block, byDocument, fills, renormalizes) =>
        {
            var settings = new FusionSettings(byDocument ? TeacherSelection.Document : TeacherSelection.Block, fills, SwitchedOff: block.Rows.Length > 2 ? [1] : null);

            var fused = new MinCrossEntropyRule(settings).Fuse(block, new RowProbabilities(renormalizes, renormalizes ? 2 : 1));

            FusedRowsCheck.Equal(FusionOracle.Fuse(block, FusionRule.MinCe, settings, renormalizes, 2, Blocks.Vocabulary), fused);
        }, iter: 500);
}
