using CsCheck;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;
using FuseSharp.Testing.Oracles;

namespace FuseSharp.Fusion.Tests.Fuse;

public sealed class WeightedAverageRuleTests
{
    private static readonly RowProbabilities _true = new(renormalizes: false);
    private static readonly float _ln2 = MathF.Log(2);

    // At 4 bytes a token the costs per byte are ln 2 and ln 4 a token: rewards ½ and ¼. The source says nothing of the second token.
    private static readonly PackedBlock _block = new(
        [5, 6],
        [new(0, 2, [_ln2, 9], [_ln2 / 4, _ln2 / 2])],
        [Blocks.Rows([(5, 0.5), (7, 0.25)], [(4, 0.5)]), Blocks.Rows([(5, 0.25), (9, 0.75)], [])]);

    // e^½ / (e^½ + e^¼) = 1 / (1 + e^−¼)
    private static readonly double _target = 1 / (1 + Math.Exp(-0.25));

    [Fact]
    public void Fuse_ByDocument_SumsDistributionsWeightedBySoftmaxOfRewards()
    {
        var fused = new WeightedAverageRule(new(TeacherSelection.Document)).Fuse(_block, _true);

        double source = 1 - _target; // 0.5622 and 0.4378
        Assert.Equal([0, 3, 4], fused.RowStarts);
        Assert.Equal([5, 9, 7, 4], fused.Indices); // largest first: 0.3905, 0.3284, 0.1405
        Assert.Equal((_target * 0.5) + (source * 0.25), fused.Probabilities[0], 1e-6);
        Assert.Equal(source * 0.75, fused.Probabilities[1], 1e-6);
        Assert.Equal(_target * 0.25, fused.Probabilities[2], 1e-6);
        Assert.Equal(0.5, fused.Probabilities[3], 1e-6); // the target alone, its weight scaled up to 1
        Assert.Equal([-1], fused.Teachers);
        Assert.Equal(0.375, fused.Rewards[0], 1e-6);     // (½ + ¼)/2
    }

    [Fact]
    public void Fuse_ByBlock_RewardsAreOfTheBlocksMeanNatsPerToken()
    {
        var one = Blocks.Rows([(0, 1)], [(0, 1)], [(0, 1)]);
        var other = Blocks.Rows([(1, 1)], [(1, 1)], [(1, 1)]);
        // target (0 + 0 + 3·ln 2)/3 = ln 2, source (3·ln 2 + 3·ln 2 + 0)/3 = 2·ln 2; costs per byte would say the opposite
        var block = new PackedBlock([1, 2, 3], [new(0, 2, [0, 3 * _ln2], [9, 1]), new(1, 1, [3 * _ln2, 0], [9, 1])], [one, other]);

        var fused = new WeightedAverageRule(new(TeacherSelection.Block)).Fuse(block, _true);

        for (int t = 0; t < 3; t++)
        {
            Assert.Equal([0, 1], fused.Indices[(2 * t)..((2 * t) + 2)]);
            Assert.Equal(_target, fused.Probabilities[2 * t], 1e-6);
            Assert.Equal(1 - _target, fused.Probabilities[(2 * t) + 1], 1e-6);
        }

        Assert.All(fused.Rewards, r => Assert.Equal(0.375, r, 1e-6));
    }

    [Fact]
    public void Fuse_TargetSwitchedOff_SourceAloneHasAllTheWeight()
    {
        var fused = new WeightedAverageRule(new(TeacherSelection.Document, SwitchedOff: [0])).Fuse(_block, _true);

        Assert.Equal([0, 2, 2], fused.RowStarts);
        Assert.Equal([9, 5], fused.Indices);
        Assert.Equal([0.75f, 0.25f], fused.Probabilities, (a, b) => Math.Abs(a - b) < 1e-6f);
        Assert.Equal(0.25, fused.Rewards[0], 1e-6); // of the source alone
    }

    [Fact]
    public void Fuse_EmptyRowFilledFromTheTarget_CountsTheTargetTwice()
    {
        var fused = new WeightedAverageRule(new(TeacherSelection.Document, FillsFromTarget: true)).Fuse(_block, _true);

        Assert.Equal(4, fused.Indices[3]);
        Assert.Equal(0.5, fused.Probabilities[3], 1e-6); // 0.5622·0.5 + 0.4378·0.5
    }

    [Fact]
    public void Fuse_EveryModelSwitchedOff_Refuses()
        => Assert.Throws<ArgumentException>(() => new WeightedAverageRule(new(TeacherSelection.Document, SwitchedOff: [0, 1])).Fuse(_block, _true));

    [Fact]
    public void Fuse_RowLongerThanTheBuffer_HasAllItsCandidates()
    {
        var rows = Blocks.Rows([.. Enumerable.Range(0, 300).Select(i => (i, 1.0 / 300))]);

        var fused = new WeightedAverageRule(new(TeacherSelection.Document)).Fuse(new PackedBlock([1], [new(0, 1, [1], [1])], [rows]), _true);

        Assert.Equal(Enumerable.Range(0, 300), fused.Indices.Order());
        Assert.Equal(1, fused.Probabilities.Sum(p => (double)p), 1e-5);
    }

    [Fact]
    public void Fuse_RandomBlocks_IsTheDefinition()
        => Gen.Select(Blocks.Random, Gen.Bool, Gen.Bool, Gen.Bool).Sample((block, byDocument, fills, renormalizes) =>
        {
            var settings = new FusionSettings(byDocument ? TeacherSelection.Document : TeacherSelection.Block, fills, SwitchedOff: block.Rows.Length > 2 ? [1] : null);

            var fused = new WeightedAverageRule(settings).Fuse(block, new RowProbabilities(renormalizes, renormalizes ? 2 : 1));

            FusedRowsCheck.Equal(FusionOracle.Fuse(block, FusionRule.AvgCe, settings, renormalizes, 2, Blocks.Vocabulary), fused);
            int first = 0;
            for (int s = 0; s < block.Segments.Length; first += block.Segments[s++].Length)
            {
                double mean = Enumerable.Range(0, block.Rows.Length).Where(settings.Uses).Average(m => FusionOracle.RewardOf(block, first, m, settings));
                Assert.Equal(mean, fused.Rewards[s], 1e-6);
            }
        }, iter: 500);
}
