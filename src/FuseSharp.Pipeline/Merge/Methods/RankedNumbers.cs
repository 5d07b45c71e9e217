using System.Runtime.InteropServices;
using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Finds numbers by their rank without sorting: the upper halves of their keys are counted, then the lower halves of those that share the upper one.</summary>
/// <typeparam name="TOrder">What rank means.</typeparam>
internal static class RankedNumbers<TOrder>
    where TOrder : INumberOrder
{
    private const int HalfBits = 16;

    /// <summary>The key of the number of some rank.</summary>
    /// <param name="numbers">float32, contiguous, on the CPU.</param>
    /// <param name="rank">1 for the largest, at most their number.</param>
    /// <returns>The key, and how many of those that have it are among the first <paramref name="rank"/>.</returns>
    public static (uint Key, long Equal) Find(Tensor numbers, long rank)
    {
        var (high, left) = Find(numbers, rank, key => key >> HalfBits, null);
        var (low, equal) = Find(numbers, left, key => key & 0xFFFF, high);
        return ((high << HalfBits) | low, equal);
    }

    private static (uint Half, long Left) Find(Tensor numbers, long rank, Func<uint, uint> half, uint? high)
    {
        long[] counts = new long[1 << HalfBits];
        foreach (var (piece, _) in TensorChunks.Cut(numbers))
        {
            foreach (uint bits in MemoryMarshal.Cast<byte, uint>(piece.bytes))
            {
                uint key = TOrder.Key(bits);
                if (high is null || key >> HalfBits == high)
                {
                    counts[half(key)]++;
                }
            }
        }

        uint place = (uint)counts.Length - 1;
        for (; counts[place] < rank; place--)
        {
            rank -= counts[place];
        }

        return (place, rank);
    }
}
