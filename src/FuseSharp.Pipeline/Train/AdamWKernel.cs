using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FuseSharp.Models.Kernels;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>AdamW (Loshchilov and Hutter 2019) in one pass: moments, master weights and the rounded parameter.</summary>
internal static unsafe class AdamWKernel
{
    // Numbers that a thread takes at a time; a multiple of 16, and small enough for the byte counts of a span.
    private const long Piece = 1 << 16;

    /// <summary>Numbers of a step that are the same for all parameters.</summary>
    /// <param name="GradientScale">Of clipping.</param>
    /// <param name="LearningRate">Of this step.</param>
    /// <param name="Decay">What decay leaves of a weight.</param>
    /// <param name="Beta1">First moment.</param>
    /// <param name="Beta2">Second moment.</param>
    /// <param name="FirstCorrection">1 − β₁ⁿ.</param>
    /// <param name="SecondCorrection">1 − β₂ⁿ.</param>
    /// <param name="Epsilon">Added to the root.</param>
    public sealed record Step(
        double GradientScale, double LearningRate, double Decay, double Beta1, double Beta2, double FirstCorrection, double SecondCorrection, double Epsilon);

    /// <summary>Updates a parameter.</summary>
    /// <param name="parameter">Any shape, contiguous; gets the rounded weights.</param>
    /// <param name="state">Master weights, gradient, first and second moment: float32, flat, of the same number.</param>
    /// <param name="step">This step.</param>
    public static void Run(Tensor parameter, (Tensor Master, Tensor Gradient, Tensor First, Tensor Second) state, Step step)
    {
        using var flat = parameter.view(-1);
        long count = flat.shape[0];
        const long Most = 1L << 28; // numbers whose bytes a span can count
        for (long start = 0; start < count; start += Most)
        {
            using var scope = NewDisposeScope();
            long part = Math.Min(Most, count - start);
            Tensor[] all = [flat.narrow(0, start, part), .. new[] { state.Master, state.Gradient, state.First, state.Second }.Select(t => t.narrow(0, start, part))];
            nint[] at = [.. all.Select(t => (nint)KernelRows.AddressOf(t))];
            bool rounds = parameter.dtype == ScalarType.BFloat16;
            KernelRows.Run((part + Piece - 1) / Piece, Piece, (first, endExclusive) =>
            {
                if (rounds)
                {
                    Update<Bfloat16Number>((void*)at[0], (float*)at[1], (float*)at[2], (float*)at[3], (float*)at[4], first * Piece, Math.Min(endExclusive * Piece, part), step);
                }
                else
                {
                    Update<Float32Number>((void*)at[0], (float*)at[1], (float*)at[2], (float*)at[3], (float*)at[4], first * Piece, Math.Min(endExclusive * Piece, part), step);
                }
            });
        }

        GC.KeepAlive(parameter);
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Update<T>(void* parameter, float* master, float* gradient, float* first, float* second, long start, long endExclusive, Step step)
        where T : IStoredNumber
    {
        var constants = new Constants(step);
        long i = start;
        for (; i + 16 <= endExclusive; i += 16)
        {
            var w = Vector512.Load(master + i);
            var m = Vector512.Load(first + i);
            var v = Vector512.Load(second + i);
            Next(constants, Vector512.Load(gradient + i), ref w, ref m, ref v);
            Vector512.Store(w, master + i);
            Vector512.Store(m, first + i);
            Vector512.Store(v, second + i);
            T.Store(parameter, i, w);
        }

        if (i < endExclusive)
        {
            long rest = endExclusive - i;
            var w = Float32Number.LoadRest(master, i, rest);
            var m = Float32Number.LoadRest(first, i, rest);
            var v = Float32Number.LoadRest(second, i, rest);
            Next(constants, Float32Number.LoadRest(gradient, i, rest), ref w, ref m, ref v);
            Float32Number.StoreRest(master, i, rest, w);
            Float32Number.StoreRest(first, i, rest, m);
            Float32Number.StoreRest(second, i, rest, v);
            T.StoreRest(parameter, i, rest, w);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Next(in Constants c, Vector512<float> gradient, ref Vector512<float> w, ref Vector512<float> m, ref Vector512<float> v)
    {
        var g = gradient * c.GradientScale;
        m = (m * c.Beta1) + (g * c.OneMinusBeta1);
        v = (v * c.Beta2) + (g * g * c.OneMinusBeta2);
        w = (w * c.Decay) - (c.Rate * m / ((Vector512.Sqrt(v) * c.RootScale) + c.Epsilon));
    }

    private readonly struct Constants(Step step)
    {
        public readonly Vector512<float> GradientScale = Vector512.Create((float)step.GradientScale);
        public readonly Vector512<float> Beta1 = Vector512.Create((float)step.Beta1);
        public readonly Vector512<float> OneMinusBeta1 = Vector512.Create((float)(1 - step.Beta1));
        public readonly Vector512<float> Beta2 = Vector512.Create((float)step.Beta2);
        public readonly Vector512<float> OneMinusBeta2 = Vector512.Create((float)(1 - step.Beta2));
        public readonly Vector512<float> Decay = Vector512.Create((float)step.Decay);
        public readonly Vector512<float> Rate = Vector512.Create((float)(step.LearningRate / step.FirstCorrection));
        public readonly Vector512<float> RootScale = Vector512.Create((float)(1 / Math.Sqrt(step.SecondCorrection)));
        public readonly Vector512<float> Epsilon = Vector512.Create((float)step.Epsilon);
    }
}
