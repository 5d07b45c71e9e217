using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FuseSharp.Models.Families;
using FuseSharp.Models.Kernels;

namespace FuseSharp.Models.Decoding;

/// <summary>What is done to numbers one by one. NaN comes through everything.</summary>
internal static unsafe class RowArithmetic
{
    /// <summary>to += scale · from.</summary>
    [MethodImpl(KernelRows.Compiled)]
    public static void Add(float* from, float* to, long count, float scale)
    {
        var factor = Vector512.Create(scale);
        long i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Vector512.Store(Vector512.FusedMultiplyAdd(Vector512.Load(from + i), factor, Vector512.Load(to + i)), to + i);
        }

        for (; i < count; i++)
        {
            to[i] = MathF.FusedMultiplyAdd(from[i], scale, to[i]);
        }
    }

    /// <summary>numbers ·= scale.</summary>
    public static void Scale(Span<float> numbers, float scale)
    {
        if (scale == 1)
        {
            return;
        }

        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] *= scale;
        }
    }

    /// <summary>cap · tanh(number / cap).</summary>
    [MethodImpl(KernelRows.Compiled)]
    public static void Cap(float* numbers, long count, float cap)
    {
        long i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Vector512.Store(Capped(Vector512.Load(numbers + i), cap), numbers + i);
        }

        if (i < count)
        {
            Float32Number.StoreRest(numbers, i, count - i, Capped(Float32Number.LoadRest(numbers, i, count - i), cap));
        }
    }

    /// <summary>gate = activation(gate) · up.</summary>
    /// <param name="kind">All but <see cref="ActivationKind.Gelu"/>.</param>
    /// <param name="gate">Changed.</param>
    /// <param name="up">Null for activation(gate) alone.</param>
    /// <param name="count">Of both.</param>
    public static void Activate(ActivationKind kind, float* gate, float* up, long count)
    {
        switch (kind)
        {
            case ActivationKind.Silu:
                Silu(gate, up, count);
                break;
            case ActivationKind.TanhGelu:
                TanhGelu(gate, up, count);
                break;
            case ActivationKind.Relu:
                Relu(gate, up, count);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not an activation that rows have.");
        }
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Silu(float* gate, float* up, long count)
    {
        long i = 0;
        for (; i + 16 <= count; i += 16)
        {
            var x = Vector512.Load(gate + i);
            x *= Lanes.Sigmoid(x);
            Vector512.Store(up is null ? x : x * Vector512.Load(up + i), gate + i);
        }

        if (i < count)
        {
            var x = Float32Number.LoadRest(gate, i, count - i);
            x *= Lanes.Sigmoid(x);
            Float32Number.StoreRest(gate, i, count - i, up is null ? x : x * Float32Number.LoadRest(up, i, count - i));
        }
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void TanhGelu(float* gate, float* up, long count)
    {
        long i = 0;
        for (; i + 16 <= count; i += 16)
        {
            var x = TanhGelu(Vector512.Load(gate + i));
            Vector512.Store(up is null ? x : x * Vector512.Load(up + i), gate + i);
        }

        if (i < count)
        {
            var x = TanhGelu(Float32Number.LoadRest(gate, i, count - i));
            Float32Number.StoreRest(gate, i, count - i, up is null ? x : x * Float32Number.LoadRest(up, i, count - i));
        }
    }

    private static void Relu(float* gate, float* up, long count)
    {
        for (long i = 0; i < count; i++)
        {
            gate[i] = MathF.Max(gate[i], 0) * (up is null ? 1 : up[i]);
        }
    }

    // x · ½(1 + tanh u) = x · σ(2u) with u = √(2/π) · (x + 0.044715 x³).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> TanhGelu(Vector512<float> x)
    {
        var inner = Vector512.FusedMultiplyAdd(x * x * x, Vector512.Create(0.044715f), x);
        return x * Lanes.Sigmoid(inner * Vector512.Create(2 * 0.7978845608f));
    }

    // tanh u = 2σ(2u) − 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Capped(Vector512<float> x, float cap)
        => Vector512.FusedMultiplyAdd(Lanes.Sigmoid(x * Vector512.Create(2 / cap)), Vector512.Create(2 * cap), Vector512.Create(-cap));
}
