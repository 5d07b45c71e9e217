using System.Runtime.InteropServices;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>The sum of absolute values that pruning takes from a change and rescaling gives back.</summary>
internal static class ChangeNorm
{
    // mergekit's: what is practically nothing is not enlarged.
    private const double Smallest = 1e-7;

    /// <summary>Σ |x|.</summary>
    public static double Compute(Tensor change)
    {
        double sum = 0;
        foreach (var (piece, _) in TensorChunks.Cut(change))
        {
            foreach (float number in MemoryMarshal.Cast<byte, float>(piece.bytes))
            {
                sum += Math.Abs(number);
            }
        }

        return sum;
    }

    /// <summary>Scales a pruned change to a former sum.</summary>
    public static void Restore(Tensor change, double before)
    {
        double after = Compute(change);
        if (before >= Smallest && after >= Smallest)
        {
            change.mul_(RootedScalar.Of(before / after));
        }
    }
}
