using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Train;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train;

public sealed class LossTargetsBuilderTests
{
    private static readonly StepCounts _counts = new(4, 2); // weights are halves and quarters

    // The true tokens are 7 and 2; the teachers say 7 and 3, then 5, then nothing.
    private static readonly PackedBlock _block = new([4, 7, 2], [new(0, 3, [1], [1])], [new([0, 0, 0, 0], [], [], ScoreUnit.LogProbability)]);
    private static readonly FusedDistributions _fused = new([0, 2, 3, 3], [7, 3, 5], [0.5f, 0.2f, 0.6f], [0], [0.25f]);

    [Fact]
    public void Build_Truth_GivesTheOpenMassToTheTrueNextToken()
    {
        var targets = Build(new() { MissingProbability = MissingProbability.TrueToken });

        Assert.Equal(3, targets.K);                        // two candidates and the truth
        Assert.Equal([7, 3, 7], targets.Indices[..3]);     // the truth stands in the row already
        Assert.Equal([0.5f, 0.2f, 0.3f], targets.Probabilities[..3], Close); // 1 − 0.7
        Assert.Equal([1, 1, 1], targets.IsCandidate[..3]);
        Assert.Equal([5, 2], targets.Indices[3..5]);
        Assert.Equal([0.6f, 0.4f], targets.Probabilities[3..5], Close);
        Assert.Equal([1, 1, 0], targets.IsCandidate[3..6]);
        Assert.Equal([0, 0, 0], targets.IsCandidate[6..]); // nothing follows the last token
    }

    [Fact]
    public void Build_TruthOfARowOfAllMass_AddsNothing()
    {
        var fused = _fused with { Probabilities = [0.8f, 0.2001f, 0.6f] }; // rounded past 1

        Assert.Equal([0.8f, 0.2001f, 0], new LossTargetsBuilder(new() { MissingProbability = MissingProbability.TrueToken }, []).Build([(_block, fused)], 0.5, _counts).Probabilities[..3]);
    }

    [Fact]
    public void Build_TruthWithoutFusion_HasNoCandidate()
    {
        var targets = new LossTargetsBuilder(new() { MissingProbability = MissingProbability.TrueToken }, []).Build([(_block, null)], 1, _counts);

        Assert.All(targets.IsCandidate, c => Assert.Equal(0, c));
        Assert.All(targets.FusionWeights, w => Assert.Equal(0, w));
    }

    [Fact]
    public void Backward_Truth_ALogitOfOneTokenByHand()
    {
        using var scope = NewDisposeScope();
        var targets = new LossTargetsBuilder(new() { MissingProbability = MissingProbability.TrueToken }, []).Build([(_block, _fused)], 0, new(1, 1)); // D alone
        var weight = zeros(8, 1).requires_grad_();
        var hidden = ones(3, 1).requires_grad_();

        var (_, fusion) = FusionLoss.Backward(hidden, weight, targets, MissingProbability.TrueToken);

        // The student gives each of 8 tokens 1/8: both rows have all the mass, so D = 2·ln 8. Gradient of a logit: 1/8 less its share, over both rows.
        Assert.Equal(2 * Math.Log(8), fusion, 1e-6);
        double[] shares = [0, 0, 0.4, 0.2, 0, 0.6, 0, 0.8]; // token 7: 0.5 by its teacher, 0.3 by the truth; token 2: 0.4 by the truth
        float[] gradient = weight.grad!.data<float>().ToArray();
        Assert.Equal(shares.Select(s => (float)(0.25 - s)), gradient, Close);
    }

    [Fact]
    public void Build_OtherTails_LeaveTheRowAsItIs()
    {
        var targets = Build(new() { MissingProbability = MissingProbability.Bucket });

        Assert.Equal(2, targets.K);
        Assert.Equal([7, 3, 5, 0, 0, 0], targets.Indices);
        Assert.Equal([1, 1, 1, 0, 0, 0], targets.IsCandidate);
    }

    [Fact]
    public void Build_Weights_AreMeansAndUncoveredPositionsKeepTheirs()
    {
        var fused = _fused with { RowStarts = [0, 2, 2, 2] }; // nothing is known of the second position
        var targets = new LossTargetsBuilder(new(), []).Build([(_block, fused)], 0.5, _counts);
        var reference = new LossTargetsBuilder(new() { FullWeightWithoutTeacher = false }, []).Build([(_block, fused)], 0.5, _counts);

        Assert.Equal([7, 2, 0], targets.Labels);
        Assert.Equal([0.125f, 0.25f, 0], targets.LabelWeights);    // λ/4, 1/4, nothing follows
        Assert.Equal([0.25f, 0, 0], targets.FusionWeights);        // (1 − λ)/2
        Assert.Equal([0.125f, 0.125f, 0], reference.LabelWeights); // the reference takes 1 − λ there too
    }

    [Fact]
    public void Build_SoftSchedule_WeighsEachDocumentByItsReward()
    {
        var block = _block with { Segments = [new(0, 1, [1], [1]), new(1, 2, [1], [1])] };
        var targets = new LossTargetsBuilder(new() { NextTokenSchedule = NextTokenSchedule.ByReward }, [])
            .Build([(block, _fused with { Teachers = [0, 0], Rewards = [0.25f, 0.75f] })], 0.9, _counts);

        Assert.Equal([0.75f / 4, 0.25f / 4, 0], targets.LabelWeights); // 1 − r
        Assert.Equal([0.25f / 2, 0.75f / 2, 0], targets.FusionWeights);
    }

    [Fact]
    public void Build_BlocksOfTwoLengths_ShorterOnesArePaddedWithoutWeight()
    {
        var shorter = new PackedBlock([6, 1], [new(1, 2, [1], [1])], [new([0, 0, 0], [], [], ScoreUnit.LogProbability)]);

        var targets = new LossTargetsBuilder(new(), []).Build([(_block, _fused), (shorter, new([0, 1, 1], [1], [1], [0], [1]))], 0.5, _counts);

        Assert.Equal(6, targets.Positions);
        Assert.Equal([7, 2, 0, 1, 0, 0], targets.Labels);
        Assert.Equal([0.125f, 0.125f, 0, 0.125f, 0, 0], targets.LabelWeights);
        Assert.Equal([0.25f, 0.25f, 0, 0.25f, 0, 0], targets.FusionWeights);
        Assert.Equal(1, targets.Indices[3 * 2]);
    }

    [Fact]
    public void Fuse_AverageByDocument_IsTheDefaultUnitsAverage()
    {
        // Both models' rewards are equal: the mean of {1: 1} and {2: ½}, whose other half stays open.
        var block = new PackedBlock([0, 1], [new(0, 2, [1, 3], [0.5f, 0.5f])], [new([0, 1, 1], [1], [0], ScoreUnit.LogProbability), new([0, 1, 1], [2], [MathF.Log(0.5f)], ScoreUnit.LogProbability)]);

        var fused = new LossTargetsBuilder(new() { Rule = FusionRule.AvgCe, MissingProbability = MissingProbability.Bucket }, []).Fuse(block, 0.5)!;

        Assert.Equal([1, 2], fused.Indices);
        Assert.Equal([0.5f, 0.25f], fused.Probabilities, Close);
        Assert.Equal(Math.Exp(-1), fused.Rewards[0], 1e-6); // 0.5 nats a byte · 2 bytes a token of the target
    }

    [Fact]
    public void Fuse_WithoutRowsOrAtWeightOne_IsNothing()
    {
        var builder = new LossTargetsBuilder(new(), []);

        Assert.Null(builder.Fuse(_block, 1));
        Assert.Null(builder.Fuse(_block with { Rows = [] }, 0.5));
        Assert.NotNull(builder.Fuse(_block, 0.5));
    }

    private static LossTargets Build(FusionOptions options) => new LossTargetsBuilder(options, []).Build([(_block, _fused)], 0.5, _counts);

    private static bool Close(float a, float b) => Math.Abs(a - b) < 1e-6f;
}
