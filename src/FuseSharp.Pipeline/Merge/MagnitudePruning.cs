using System.Runtime.InteropServices;
using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>Keeps the largest changes by absolute value, ⌊density · n⌋ of n; of equal ones those that come first.</summary>
/// <remarks>The smallest kept value is found by counting leading bits twice over, so that nothing is sorted and no second tensor is needed.</remarks>
/// <param name="densities">Of each model, above 0.</param>
/// <param name="rescales">Whether the kept changes are enlarged to the former sum of absolute values.</param>
internal sealed class MagnitudePruning(double[] densities, bool rescales) : IChangePruning
{
    private const int HalfBits = 16;

    public void Prune(Tensor change, int model, string name)
    {
        if (densities[model] >= 1)
        {
            return;
        }

        long kept = (long)(densities[model] * change.numel());
        if (kept == 0)
        {
            throw new UsageException(FormattableString.Invariant($"Density {densities[model]} keeps none of the {change.numel()} numbers of tensor '{name}'. Choose a larger density."));
        }

        double before = rescales ? ChangeNorm.Compute(change) : 0;
        var (high, left) = Find(change, kept, bits => bits >> HalfBits, null);
        var (low, equal) = Find(change, left, bits => bits & 0xFFFF, high);
        Cut(change, ((uint)high << HalfBits) | (uint)low, equal);
        if (rescales)
        {
            ChangeNorm.Restore(change, before);
        }
    }

    // The half word of the kept-th largest number, and how many of those with this half word are still to be kept.
    private static (int Half, long Left) Find(Tensor change, long kept, Func<uint, uint> half, int? high)
    {
        long[] counts = new long[1 << HalfBits];
        foreach (var (piece, _) in TensorChunks.Cut(change))
        {
            foreach (uint word in MemoryMarshal.Cast<byte, uint>(piece.bytes))
            {
                uint bits = word & 0x7FFFFFFF; // absolute values in order of their bits
                if (high is null || bits >> HalfBits == high)
                {
                    counts[half(bits)]++;
                }
            }
        }

        int place = counts.Length - 1;
        for (; counts[place] < kept; place--)
        {
            kept -= counts[place];
        }

        return (place, kept);
    }

    private static void Cut(Tensor change, uint smallest, long equal)
    {
        foreach (var (piece, _) in TensorChunks.Cut(change))
        {
            foreach (ref uint word in MemoryMarshal.Cast<byte, uint>(piece.bytes))
            {
                uint bits = word & 0x7FFFFFFF;
                if (bits < smallest || (bits == smallest && equal-- <= 0))
                {
                    word = 0;
                }
            }
        }
    }
}
