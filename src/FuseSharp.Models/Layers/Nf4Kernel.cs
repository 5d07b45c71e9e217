using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FuseSharp.Models.Kernels;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary><see cref="Nf4.Dequantize"/> into a tensor in main memory, on several threads.</summary>
internal static unsafe class Nf4Kernel
{
    // Blocks that a thread takes at a time.
    private const int BlocksAtOnce = 1024;

    /// <summary>Writes all values.</summary>
    /// <param name="packed">Two codes a byte.</param>
    /// <param name="scales">Of the blocks; may be longer.</param>
    /// <param name="result">Contiguous, float32 or bfloat16.</param>
    public static void Dequantize(byte[] packed, float[] scales, Tensor result)
    {
        if (result.dtype == ScalarType.BFloat16)
        {
            Dequantize<Bfloat16Number>(packed, scales, result);
        }
        else
        {
            Dequantize<Float32Number>(packed, scales, result);
        }
    }

    private static void Dequantize<T>(byte[] packed, float[] scales, Tensor result)
        where T : IStoredNumber
    {
        long count = result.numel();
        long blocks = (count + Nf4.BlockSize - 1) / Nf4.BlockSize;
        void* address = KernelRows.AddressOf(result);
        KernelRows.Run((blocks + BlocksAtOnce - 1) / BlocksAtOnce, BlocksAtOnce * Nf4.BlockSize, (start, endExclusive) =>
        {
            float* exact = stackalloc float[Nf4.BlockSize];
            for (long block = start * BlocksAtOnce; block < Math.Min(endExclusive * BlocksAtOnce, blocks); block++)
            {
                long first = block * Nf4.BlockSize;
                int size = (int)Math.Min(Nf4.BlockSize, count - first);
                Nf4.Dequantize(packed, scales, (int)first, new Span<float>(exact, size));
                Write<T>(exact, address, first, size);
            }
        });
        GC.KeepAlive(result);
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Write<T>(float* exact, void* address, long first, int size)
        where T : IStoredNumber
    {
        int i = 0;
        for (; i + 16 <= size; i += 16)
        {
            T.Store(address, first + i, Vector512.Load(exact + i));
        }

        if (i < size)
        {
            T.StoreRest(address, first + i, size - i, Float32Number.LoadRest(exact, i, size - i));
        }
    }
}
