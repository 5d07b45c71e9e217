using FuseSharp.Core.Fuse;
using FuseSharp.Core.Records;

namespace FuseSharp.Torch.Train;

/// <summary>Over how many positions of one optimizer step the means are taken.</summary>
/// <param name="LabelDenominator">For the language-model loss.</param>
/// <param name="FusionDenominator">For the fusion loss.</param>
public sealed record StepCounts(double LabelDenominator, double FusionDenominator)
{
    /// <summary>Counts a step.</summary>
    /// <param name="blocks">All blocks of the step.</param>
    /// <param name="sharesOneMean">Whether both parts are one mean over positions (default), or each a mean of its own (reference).</param>
    public static StepCounts Of(IReadOnlyList<(PackedBlock Block, FusedRows? Fused)> blocks, bool sharesOneMean)
    {
        double labels = blocks.Sum(b => b.Block.Ids.Length - 1.0);
        double fused = blocks.Sum(b => b.Fused is null ? 0.0 : Covered(b.Fused));
        return sharesOneMean
            ? new StepCounts(Math.Max(1, labels), Math.Max(1, labels))
            : new StepCounts(Math.Max(1, labels), Math.Max(1, fused));
    }

    private static int Covered(FusedRows fused)
    {
        int covered = 0;
        for (int t = 0; t + 1 < fused.RowStarts.Length; t++)
        {
            covered += fused.RowStarts[t] < fused.RowStarts[t + 1] ? 1 : 0;
        }

        return covered;
    }
}
