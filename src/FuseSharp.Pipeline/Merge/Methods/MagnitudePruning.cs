using System.Runtime.InteropServices;
using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Keeps changes by the rank of their absolute value, ⌊density · n⌋ of n: the largest (TIES), or the largest but some outliers (Breadcrumbs, Davari and Belilovsky 2024).</summary>
/// <remarks>Of equal ones those that come first count as larger.</remarks>
/// <param name="rescales">Whether the kept changes are enlarged to the former sum of absolute values.</param>
/// <param name="dropsOutliers">Whether the ⌊gamma · n⌋ largest are dropped too; fewer where the density leaves no room.</param>
internal sealed class MagnitudePruning(bool rescales, bool dropsOutliers = false) : IChangePruning
{
    private const double DefaultGamma = 0.01; // mergekit's

    public void Prune(Tensor change, int model, MergeInputs inputs)
    {
        double density = inputs.Numbers.OfModels(p => p.Density, 1)[model];
        if (density >= 1)
        {
            return;
        }

        long count = change.numel();
        long kept = (long)(density * count);
        if (kept == 0)
        {
            throw new UsageException(FormattableString.Invariant($"Density {density} keeps none of the {count} numbers of tensor '{inputs.Name}'. Choose a larger density."));
        }

        long outliers = dropsOutliers ? Math.Min((long)(inputs.Numbers.OfModels(p => p.Gamma, DefaultGamma)[model] * count), count - kept) : 0;
        double before = rescales ? ChangeNorm.Compute(change) : 0;
        Keep(change, outliers, kept);
        if (rescales)
        {
            ChangeNorm.Restore(change, before);
        }
    }

    /// <summary>Sets all numbers to 0 but some of the largest.</summary>
    /// <param name="numbers">float32, contiguous, on the CPU.</param>
    /// <param name="dropped">How many of the largest are set to 0 too.</param>
    /// <param name="kept">How many stay, at least 1.</param>
    public static void Keep(Tensor numbers, long dropped, long kept)
    {
        var (smallest, equal) = RankedNumbers<ByMagnitude>.Find(numbers, dropped + kept);
        var (outlier, outliers) = dropped > 0 ? RankedNumbers<ByMagnitude>.Find(numbers, dropped) : (uint.MaxValue, 0);
        foreach (var (piece, _) in TensorChunks.Cut(numbers))
        {
            foreach (ref uint word in MemoryMarshal.Cast<byte, uint>(piece.bytes))
            {
                uint key = ByMagnitude.Key(word);
                bool isKept = key > smallest || (key == smallest && equal-- > 0);
                bool isOutlier = key > outlier || (key == outlier && outliers-- > 0);
                if (!isKept || isOutlier)
                {
                    word = 0;
                }
            }
        }
    }
}
