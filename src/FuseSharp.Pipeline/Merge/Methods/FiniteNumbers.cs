using System.Runtime.InteropServices;
using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Looks for NaN and infinities without memory of its own: libtorch's isfinite takes that of two more tensors.</summary>
internal static class FiniteNumbers
{
    private const uint Exponent = 0x7F800000; // all bits set in NaN and infinities alone

    /// <summary>Whether a tensor holds nothing else.</summary>
    /// <param name="numbers">float32, contiguous, on the CPU.</param>
    public static bool Fill(Tensor numbers)
    {
        foreach (var (piece, _) in TensorChunks.Cut(numbers))
        {
            foreach (uint bits in MemoryMarshal.Cast<byte, uint>(piece.bytes))
            {
                if ((bits & Exponent) == Exponent)
                {
                    return false;
                }
            }
        }

        return true;
    }
}
