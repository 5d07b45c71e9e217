using FuseSharp.Core.Fuse;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Records;

namespace FuseSharp.Torch.Train;

/// <summary>Lays blocks side by side and gives every position its label, its fused candidates and its weights.</summary>
/// <param name="options">Which rule, which tail, which λ course.</param>
/// <param name="bytesPerToken">Mean bytes of a target token, for <see cref="FusionRule.AvgCe"/>.</param>
public sealed class LossTargetsBuilder(TrainOptions options, double bytesPerToken = 1)
{
    private readonly RowProbabilities _probabilities = new(options.Tail == TailMass.Renormalize, options.Temperature);

    private readonly IFusionRule _rule = options.Fusion == FusionRule.MinCe
        ? new MinCrossEntropyRule(options.Choice, fillsFromTarget: !options.UncoveredKeepFullWeight)
        : new WeightedAverageRule(options.Choice, bytesPerToken);

    /// <summary>The fused rows of a block; null for a plain text or where λ is 1.</summary>
    /// <param name="block">A training sequence.</param>
    /// <param name="languageModelWeight">λ of this step.</param>
    public FusedRows? Fuse(PackedBlock block, double languageModelWeight)
        => block.Rows.Length == 0 || languageModelWeight >= 1 ? null : _rule.Fuse(block, _probabilities);

    /// <summary>The targets of some blocks, padded to the longest.</summary>
    /// <param name="blocks">Blocks with their fused rows.</param>
    /// <param name="languageModelWeight">λ of this step.</param>
    /// <param name="counts">Positions of the whole optimizer step, over which means are taken.</param>
    public LossTargets Build(IReadOnlyList<(PackedBlock Block, FusedRows? Fused)> blocks, double languageModelWeight, StepCounts counts)
    {
        int length = blocks.Max(b => b.Block.Ids.Length);
        int extra = options.Tail == TailMass.Truth ? 1 : 0;
        int k = Math.Max(1, extra + blocks.Max(b => LongestRow(b.Fused)));
        int n = blocks.Count * length;
        var targets = new LossTargets(k, new long[n], new float[n], new long[n * k], new float[n * k], new float[n * k], new float[n]);
        for (int b = 0; b < blocks.Count; b++)
        {
            for (int t = 0; t < blocks[b].Block.Ids.Length; t++)
            {
                WritePosition(targets, (b * length) + t, blocks[b].Block, blocks[b].Fused, t, languageModelWeight, counts);
            }
        }

        return targets;
    }

    private void WritePosition(LossTargets targets, int n, PackedBlock block, FusedRows? fused, int t, double lambda, StepCounts counts)
    {
        bool hasLabel = t + 1 < block.Ids.Length;
        var row = fused is null ? default : fused.RowStarts[t]..fused.RowStarts[t + 1];
        int candidates = row.End.Value - row.Start.Value;
        if (hasLabel)
        {
            targets.Labels[n] = block.Ids[t + 1];
            double weight = candidates > 0 || !options.UncoveredKeepFullWeight ? lambda : 1;
            targets.LabelWeights[n] = (float)(weight / counts.LabelDenominator);
        }

        if (candidates == 0)
        {
            return;
        }

        targets.FusionWeights[n] = (float)((1 - lambda) / counts.FusionDenominator);
        float mass = 0;
        int slot = n * targets.K;
        for (int i = row.Start.Value; i < row.End.Value; i++, slot++)
        {
            targets.Indices[slot] = fused!.Indices[i];
            targets.Probabilities[slot] = fused.Probabilities[i];
            targets.IsCandidate[slot] = 1;
            mass += fused.Probabilities[i];
        }

        if (options.Tail == TailMass.Truth && hasLabel)
        {
            targets.Indices[slot] = block.Ids[t + 1]; // may stand in the row already: both shares add up
            targets.Probabilities[slot] = Math.Max(0, 1 - mass);
            targets.IsCandidate[slot] = 1;
        }
    }

    private static int LongestRow(FusedRows? fused)
    {
        int longest = 0;
        for (int t = 0; fused is not null && t + 1 < fused.RowStarts.Length; t++)
        {
            longest = Math.Max(longest, fused.RowStarts[t + 1] - fused.RowStarts[t]);
        }

        return longest;
    }
}
