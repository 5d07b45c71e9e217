using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Ranks;


namespace FuseSharp.Pipeline.Train;

/// <summary>Over how many positions of one optimizer step the means are taken.</summary>
/// <param name="LabelDenominator">For the language-model loss.</param>
/// <param name="FusionDenominator">For the fusion loss.</param>
public sealed record StepCounts(double LabelDenominator, double FusionDenominator)
{
    /// <summary>Counts a step.</summary>
    /// <param name="blocks">This rank's blocks of the step.</param>
    /// <param name="sharesOneMean">Whether both parts are one mean over positions (default), or each a mean of its own (reference).</param>
    /// <param name="ranks">Whose blocks together make the step: a mean of the ranks' means would weigh positions unequally.</param>
    public static StepCounts Sum(IEnumerable<(PackedBlock Block, FusedDistributions? Fused)> blocks, bool sharesOneMean, IProcessGroup ranks)
    {
        Span<double> counts = [0, 0];
        foreach (var (block, fused) in blocks)
        {
            counts[0] += block.Predicted;
            counts[1] += fused is null ? 0 : Covered(fused);
        }

        ranks.Sum(counts);
        return new StepCounts(Math.Max(1, counts[0]), Math.Max(1, counts[sharesOneMean ? 0 : 1]));
    }

    private static int Covered(FusedDistributions fused)
    {
        int covered = 0;
        for (int t = 0; t + 1 < fused.RowStarts.Length; t++)
        {
            covered += fused.RowStarts[t] < fused.RowStarts[t + 1] ? 1 : 0;
        }

        return covered;
    }
}
