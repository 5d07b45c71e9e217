using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace FuseSharp.Models.Kernels;

/// <summary>Root-mean-square norm, forward and backward, each in one pass over a row.</summary>
/// <remarks>
/// <code>
/// x̂ = x / √(mean(x²) + ε)        y  = w · x̂
/// g = w · ∂y                     ∂x = (g − x̂ · mean(g · x̂)) / √(mean(x²) + ε)        ∂w = Σ_rows ∂y · x̂
/// </code>
/// </remarks>
internal static unsafe class RmsNormKernel
{
    // The rows of a tensor are summed up into at most this many partial sums of the weight's gradient, whatever the number of threads: the same bits everywhere.
    private const long MostPartialSums = 32;

    /// <summary>[…, size] → the same.</summary>
    public static Tensor Forward(Tensor states, Tensor weight, double epsilon)
        => states.dtype == ScalarType.BFloat16 ? Forward<Bfloat16Number>(states, weight, epsilon) : Forward<Float32Number>(states, weight, epsilon);

    /// <summary>The gradients of states and weight.</summary>
    public static (Tensor States, Tensor Weight) Backward(Tensor states, Tensor weight, Tensor gradient, double epsilon)
        => states.dtype == ScalarType.BFloat16 ? Backward<Bfloat16Number>(states, weight, gradient, epsilon) : Backward<Float32Number>(states, weight, gradient, epsilon);

    private static Tensor Forward<T>(Tensor states, Tensor weight, double epsilon)
        where T : IStoredNumber
    {
        long size = weight.shape[0];
        var result = empty_like(states);
        byte* x = (byte*)KernelRows.AddressOf(states);
        byte* y = (byte*)KernelRows.AddressOf(result);
        void* w = KernelRows.AddressOf(weight);
        long stride = size * T.Size;
        long rows = states.numel() / size;
        KernelRows.Run(rows, size, (start, endExclusive) =>
        {
            for (long row = start; row < endExclusive; row++)
            {
                ForwardRow<T>(x + (row * stride), w, y + (row * stride), size, epsilon);
            }
        });
        GC.KeepAlive(states);
        GC.KeepAlive(weight);
        return result;
    }

    /// <summary>Norms a row.</summary>
    /// <param name="x">The row.</param>
    /// <param name="w">Weights.</param>
    /// <param name="y">Gets it; may be <paramref name="x"/>.</param>
    /// <param name="size">Numbers of the row.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    [MethodImpl(KernelRows.Compiled)]
    internal static void ForwardRow<T>(byte* x, void* w, byte* y, long size, double epsilon)
        where T : IStoredNumber
    {
        var scale = Vector512.Create(Scale<T>(x, size, epsilon));
        long i = 0;
        for (; i + 16 <= size; i += 16)
        {
            T.Store(y, i, T.Load(w, i) * (T.Load(x, i) * scale));
        }

        if (i < size)
        {
            T.StoreRest(y, i, size - i, T.LoadRest(w, i, size - i) * (T.LoadRest(x, i, size - i) * scale));
        }
    }

    private static (Tensor States, Tensor Weight) Backward<T>(Tensor states, Tensor weight, Tensor gradient, double epsilon)
        where T : IStoredNumber
    {
        long size = weight.shape[0];
        long rows = states.numel() / size;
        long sums = Math.Clamp(rows, 1, MostPartialSums);
        var result = empty_like(states);
        var partial = zeros([sums, size], ScalarType.Float32);
        byte* x = (byte*)KernelRows.AddressOf(states);
        byte* dx = (byte*)KernelRows.AddressOf(result);
        byte* dy = (byte*)KernelRows.AddressOf(gradient);
        void* w = KernelRows.AddressOf(weight);
        float* dw = (float*)KernelRows.AddressOf(partial);
        long stride = size * T.Size;
        KernelRows.Run(sums, size * (rows / sums), (start, endExclusive) =>
        {
            for (long sum = start; sum < endExclusive; sum++)
            {
                for (long row = rows * sum / sums; row < rows * (sum + 1) / sums; row++)
                {
                    Backward<T>(x + (row * stride), w, dy + (row * stride), dx + (row * stride), dw + (sum * size), size, epsilon);
                }
            }
        });
        GC.KeepAlive(states);
        GC.KeepAlive(weight);
        GC.KeepAlive(gradient);
        return (result, partial.sum(dim: 0L).to(weight.dtype)); // the partial sums go with the caller's scope
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Backward<T>(byte* x, void* w, byte* dy, byte* dx, float* dw, long size, double epsilon)
        where T : IStoredNumber
    {
        var scale = Vector512.Create(Scale<T>(x, size, epsilon));
        var products = Vector512<float>.Zero;
        long i = 0;
        for (; i + 16 <= size; i += 16)
        {
            var along = T.Load(dy, i) * T.Load(x, i) * scale;
            products += along * T.Load(w, i);
            Vector512.Store(Vector512.Load(dw + i) + along, dw + i);
        }

        if (i < size)
        {
            var along = T.LoadRest(dy, i, size - i) * T.LoadRest(x, i, size - i) * scale;
            products += along * T.LoadRest(w, i, size - i);
            Float32Number.StoreRest(dw, i, size - i, Float32Number.LoadRest(dw, i, size - i) + along);
        }

        var mean = Vector512.Create(Vector512.Sum(products) / size) * scale;
        for (i = 0; i + 16 <= size; i += 16)
        {
            T.Store(dx, i, ((T.Load(dy, i) * T.Load(w, i)) - (T.Load(x, i) * mean)) * scale);
        }

        if (i < size)
        {
            T.StoreRest(dx, i, size - i, ((T.LoadRest(dy, i, size - i) * T.LoadRest(w, i, size - i)) - (T.LoadRest(x, i, size - i) * mean)) * scale);
        }
    }

    [MethodImpl(KernelRows.Compiled)]
    private static float Scale<T>(void* x, long size, double epsilon)
        where T : IStoredNumber
    {
        var squares = Vector512<float>.Zero;
        long i = 0;
        for (; i + 16 <= size; i += 16)
        {
            squares += T.Load(x, i) * T.Load(x, i);
        }

        if (i < size)
        {
            var rest = T.LoadRest(x, i, size - i);
            squares += rest * rest;
        }

        return (float)(1 / Math.Sqrt((Vector512.Sum(squares) / size) + epsilon));
    }
}
