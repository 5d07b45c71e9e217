using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace FuseSharp.Models.Kernels;

/// <summary>silu(gate) · up (SwiGLU, Shazeer 2020), forward and backward.</summary>
/// <remarks>With s = 1/(1 + exp(−gate)): ∂gate = ∂y · up · s · (1 + gate · (1 − s)), ∂up = ∂y · gate · s.</remarks>
internal static unsafe class GatedActivationKernel
{
    // Numbers that a thread takes at a time; a multiple of 16.
    private const long Piece = 4096;

    /// <summary>Both of one shape, contiguous → the same.</summary>
    public static Tensor Forward(Tensor gate, Tensor up)
        => gate.dtype == ScalarType.BFloat16 ? Forward<Bfloat16Number>(gate, up) : Forward<Float32Number>(gate, up);

    /// <summary>The gradients of both.</summary>
    public static (Tensor Gate, Tensor Up) Backward(Tensor gate, Tensor up, Tensor gradient)
        => gate.dtype == ScalarType.BFloat16 ? Backward<Bfloat16Number>(gate, up, gradient) : Backward<Float32Number>(gate, up, gradient);

    private static Tensor Forward<T>(Tensor gate, Tensor up)
        where T : IStoredNumber
    {
        var result = empty_like(gate);
        void* g = KernelRows.AddressOf(gate);
        void* u = KernelRows.AddressOf(up);
        void* y = KernelRows.AddressOf(result);
        Run(gate.numel(), (start, endExclusive) => Forward<T>(g, u, y, start, endExclusive));
        GC.KeepAlive(gate);
        GC.KeepAlive(up);
        return result;
    }

    private static (Tensor Gate, Tensor Up) Backward<T>(Tensor gate, Tensor up, Tensor gradient)
        where T : IStoredNumber
    {
        var gateGradient = empty_like(gate);
        var upGradient = empty_like(up);
        void* g = KernelRows.AddressOf(gate);
        void* u = KernelRows.AddressOf(up);
        void* dy = KernelRows.AddressOf(gradient);
        void* dg = KernelRows.AddressOf(gateGradient);
        void* du = KernelRows.AddressOf(upGradient);
        Run(gate.numel(), (start, endExclusive) => Backward<T>(g, u, dy, dg, du, start, endExclusive));
        GC.KeepAlive(gate);
        GC.KeepAlive(up);
        GC.KeepAlive(gradient);
        return (gateGradient, upGradient);
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Forward<T>(void* gate, void* up, void* result, long start, long endExclusive)
        where T : IStoredNumber
    {
        long i = start;
        for (; i + 16 <= endExclusive; i += 16)
        {
            T.Store(result, i, Value(T.Load(gate, i), T.Load(up, i)));
        }

        if (i < endExclusive)
        {
            long rest = endExclusive - i;
            T.StoreRest(result, i, rest, Value(T.LoadRest(gate, i, rest), T.LoadRest(up, i, rest)));
        }
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Backward<T>(void* gate, void* up, void* gradient, void* gateGradient, void* upGradient, long start, long endExclusive)
        where T : IStoredNumber
    {
        long i = start;
        for (; i + 16 <= endExclusive; i += 16)
        {
            var (ofGate, ofUp) = Gradients(T.Load(gate, i), T.Load(up, i), T.Load(gradient, i));
            T.Store(gateGradient, i, ofGate);
            T.Store(upGradient, i, ofUp);
        }

        if (i < endExclusive)
        {
            long rest = endExclusive - i;
            var (ofGate, ofUp) = Gradients(T.LoadRest(gate, i, rest), T.LoadRest(up, i, rest), T.LoadRest(gradient, i, rest));
            T.StoreRest(gateGradient, i, rest, ofGate);
            T.StoreRest(upGradient, i, rest, ofUp);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Value(Vector512<float> gate, Vector512<float> up) => gate * Lanes.Sigmoid(gate) * up;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Gate, Vector512<float> Up) Gradients(Vector512<float> gate, Vector512<float> up, Vector512<float> upstream)
    {
        var s = Lanes.Sigmoid(gate);
        return (upstream * up * s * (Vector512<float>.One + (gate * (Vector512<float>.One - s))), upstream * gate * s);
    }

    private static void Run(long count, KernelRows.RowsAction action)
        => KernelRows.Run((count + Piece - 1) / Piece, Piece, (start, endExclusive) => action(start * Piece, Math.Min(endExclusive * Piece, count)));
}
