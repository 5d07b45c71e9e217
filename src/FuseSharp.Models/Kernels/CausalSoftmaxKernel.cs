using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace FuseSharp.Models.Kernels;

/// <summary>Softmax over the keys that a query sees, and its gradient, in place on a block of scores.</summary>
internal static unsafe class CausalSoftmaxKernel
{
    /// <summary>Turns scores into probabilities.</summary>
    /// <param name="scores">[batch, rows, keys], contiguous. Row r belongs to the query <paramref name="first"/> + r mod <paramref name="queries"/>, which sees the keys up to its own number.</param>
    /// <param name="first">Number of the first query.</param>
    /// <param name="queries">Queries of the block: several heads that share keys stand behind each other as rows.</param>
    /// <param name="scale">Of the scores.</param>
    public static void Forward(Tensor scores, long first, long queries, float scale)
    {
        if (scores.dtype == ScalarType.BFloat16)
        {
            Run<Bfloat16Number>(scores, null, first, queries, scale);
        }
        else
        {
            Run<Float32Number>(scores, null, first, queries, scale);
        }
    }

    /// <summary>Turns scores into probabilities, and gradients of probabilities into gradients of the scores before scaling.</summary>
    /// <param name="scores">As in <see cref="Forward"/>.</param>
    /// <param name="gradient">Like <paramref name="scores"/>: of the probabilities, becomes that of the scores.</param>
    /// <param name="first">Number of the first query.</param>
    /// <param name="queries">Queries of the block.</param>
    /// <param name="scale">Of the scores.</param>
    public static void Backward(Tensor scores, Tensor gradient, long first, long queries, float scale)
    {
        if (scores.dtype == ScalarType.BFloat16)
        {
            Run<Bfloat16Number>(scores, gradient, first, queries, scale);
        }
        else
        {
            Run<Float32Number>(scores, gradient, first, queries, scale);
        }
    }

    private static void Run<T>(Tensor scores, Tensor? gradient, long first, long queries, float scale)
        where T : IStoredNumber
    {
        long keys = scores.shape[2];
        long rows = scores.shape[1];
        long stride = keys * T.Size;
        byte* s = (byte*)KernelRows.AddressOf(scores);
        byte* g = gradient is null ? null : (byte*)KernelRows.AddressOf(gradient);
        KernelRows.Run(scores.shape[0] * rows, keys * 4, (start, endExclusive) =>
        {
            using var exact = new AlignedRow(keys);
            for (long row = start; row < endExclusive; row++)
            {
                long visible = first + (row % rows % queries) + 1;
                Softmax<T>(s + (row * stride), visible, keys, scale, exact.Start);
                if (g != null)
                {
                    Gradient<T>(g + (row * stride), visible, keys, scale, exact.Start);
                }
            }
        });
        GC.KeepAlive(scores);
        GC.KeepAlive(gradient);
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Softmax<T>(byte* row, long visible, long keys, float scale, float* exact)
        where T : IStoredNumber
    {
        var lowest = Vector512.Create(float.NegativeInfinity);
        var largest = lowest;
        long i = 0;
        for (; i + 16 <= visible; i += 16)
        {
            largest = Vector512.MaxNative(largest, T.Load(row, i));
        }

        var last = i < visible ? Lanes.First(visible - i, T.LoadRest(row, i, visible - i), lowest) : lowest;
        var scales = Vector512.Create(scale);
        var shift = Vector512.Create(-Lanes.Largest(Vector512.MaxNative(largest, last)) * scale);
        var sums = Vector512<float>.Zero;
        for (i = 0; i + 16 <= visible; i += 16)
        {
            var power = Lanes.Exp(Vector512.FusedMultiplyAdd(T.Load(row, i), scales, shift));
            sums += power;
            Vector512.Store(power, exact + i);
        }

        if (i < visible)
        {
            var power = Lanes.First(visible - i, Lanes.Exp(Vector512.FusedMultiplyAdd(last, scales, shift)), Vector512<float>.Zero);
            sums += power;
            Vector512.Store(power, exact + i);
        }

        var normalizer = Vector512.Create(1 / Vector512.Sum(sums));
        for (i = 0; i + 16 <= visible; i += 16)
        {
            var probability = Vector512.Load(exact + i) * normalizer;
            Vector512.Store(probability, exact + i);
            T.Store(row, i, probability);
        }

        if (i < visible)
        {
            var probability = Vector512.Load(exact + i) * normalizer;
            Vector512.Store(probability, exact + i);
            T.StoreRest(row, i, visible - i, probability);
        }

        Clear<T>(row, visible, keys);
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Gradient<T>(byte* row, long visible, long keys, float scale, float* probabilities)
        where T : IStoredNumber
    {
        var products = Vector512<float>.Zero;
        long i = 0;
        for (; i + 16 <= visible; i += 16)
        {
            products += Vector512.Load(probabilities + i) * T.Load(row, i);
        }

        var last = i < visible ? T.LoadRest(row, i, visible - i) : Vector512<float>.Zero;
        products += i < visible ? Vector512.Load(probabilities + i) * last : Vector512<float>.Zero;
        var mean = Vector512.Create(Vector512.Sum(products));
        var scales = Vector512.Create(scale);
        for (i = 0; i + 16 <= visible; i += 16)
        {
            T.Store(row, i, Vector512.Load(probabilities + i) * (T.Load(row, i) - mean) * scales);
        }

        if (i < visible)
        {
            T.StoreRest(row, i, visible - i, Vector512.Load(probabilities + i) * (last - mean) * scales);
        }

        Clear<T>(row, visible, keys);
    }

    private static void Clear<T>(byte* row, long start, long endExclusive)
        where T : IStoredNumber
    {
        if (start < endExclusive)
        {
            new Span<byte>(row + (start * T.Size), checked((int)((endExclusive - start) * T.Size))).Clear();
        }
    }
}
