using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace FuseSharp.Models.Kernels;

/// <summary>Cuts projected states into heads and turns them by their positions' angles, and the way back.</summary>
/// <remarks>The first numbers of a head turn in pairs half the turning size apart; with the angles negated the same is its gradient. See <c>Models.RotaryPositions</c>.</remarks>
internal static unsafe class RotaryHeadsKernel
{
    /// <summary>[batch, tokens, heads · size] → [batch, heads, tokens, size].</summary>
    /// <param name="projected">Contiguous.</param>
    /// <param name="size">Of a head.</param>
    /// <param name="angles">[tokens, turning size] each, of the same type; null for heads that do not turn.</param>
    public static Tensor Split(Tensor projected, long size, (Tensor Cos, Tensor Sin)? angles)
    {
        var result = empty([projected.shape[0], projected.shape[2] / size, projected.shape[1], size], projected.dtype);
        Move(projected, result, result.shape, angles, forward: true);
        return result;
    }

    /// <summary>[batch, heads, tokens, size] → [batch, tokens, heads · size]: the gradient of <see cref="Split"/>.</summary>
    public static Tensor Join(Tensor heads, (Tensor Cos, Tensor Sin)? angles)
    {
        var result = empty([heads.shape[0], heads.shape[2], heads.shape[1] * heads.shape[3]], heads.dtype);
        Move(heads, result, heads.shape, angles, forward: false);
        return result;
    }

    private static void Move(Tensor from, Tensor to, long[] shape, (Tensor Cos, Tensor Sin)? angles, bool forward)
    {
        if (from.dtype == ScalarType.BFloat16)
        {
            Move<Bfloat16Number>(from, to, shape, angles, forward);
        }
        else
        {
            Move<Float32Number>(from, to, shape, angles, forward);
        }
    }

    private static void Move<T>(Tensor from, Tensor to, long[] shape, (Tensor Cos, Tensor Sin)? angles, bool forward)
        where T : IStoredNumber
    {
        long heads = shape[1];
        long tokens = shape[2];
        long size = shape[3];
        long half = (angles?.Cos.shape[1] ?? 0) / 2;
        byte* source = (byte*)KernelRows.AddressOf(from);
        byte* target = (byte*)KernelRows.AddressOf(to);
        byte* cos = angles is { } a ? (byte*)KernelRows.AddressOf(a.Cos) : null;
        byte* sin = angles is { } b ? (byte*)KernelRows.AddressOf(b.Sin) : null;
        var sign = Vector512.Create(forward ? 1f : -1f);
        KernelRows.Run(shape[0] * tokens, heads * size, (start, endExclusive) =>
        {
            for (long position = start; position < endExclusive; position++)
            {
                long t = position % tokens;
                for (long h = 0; h < heads; h++)
                {
                    long flat = ((position * heads) + h) * size * T.Size;
                    long split = ((((position / tokens * heads) + h) * tokens) + t) * size * T.Size;
                    byte* input = source + (forward ? flat : split);
                    byte* output = target + (forward ? split : flat);
                    Turn<T>(input, output, cos + (t * half * 2 * T.Size), sin + (t * half * 2 * T.Size), half, sign);
                    Copy<T>(input, output, half * 2, size);
                }
            }
        });
        GC.KeepAlive(from);
        GC.KeepAlive(angles);
    }

    /// <summary>Turns the first numbers of a head.</summary>
    /// <param name="input">The head.</param>
    /// <param name="output">Gets it; may be the same.</param>
    /// <param name="cos">Of <paramref name="half"/> angles.</param>
    /// <param name="sin">Likewise.</param>
    /// <param name="half">Pairs that turn.</param>
    /// <param name="sign">1, or −1 for the way back.</param>
    [MethodImpl(KernelRows.Compiled)]
    internal static void Turn<T>(byte* input, byte* output, byte* cos, byte* sin, long half, Vector512<float> sign)
        where T : IStoredNumber
    {
        byte* second = input + (half * T.Size);
        byte* secondOutput = output + (half * T.Size);
        long i = 0;
        for (; i + 16 <= half; i += 16)
        {
            var (a, b, c, s) = (T.Load(input, i), T.Load(second, i), T.Load(cos, i), T.Load(sin, i) * sign);
            T.Store(output, i, (a * c) - (b * s));
            T.Store(secondOutput, i, (b * c) + (a * s));
        }

        if (i < half)
        {
            long rest = half - i;
            var (a, b, c, s) = (T.LoadRest(input, i, rest), T.LoadRest(second, i, rest), T.LoadRest(cos, i, rest), T.LoadRest(sin, i, rest) * sign);
            T.StoreRest(output, i, rest, (a * c) - (b * s));
            T.StoreRest(secondOutput, i, rest, (b * c) + (a * s));
        }
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Copy<T>(byte* input, byte* output, long start, long size)
        where T : IStoredNumber
        => Buffer.MemoryCopy(input + (start * T.Size), output + (start * T.Size), (size - start) * T.Size, (size - start) * T.Size);
}
