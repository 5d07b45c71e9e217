using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FuseSharp.Models.Kernels;

namespace FuseSharp.Models.Decoding;

/// <summary>Products of a few rows of weights with sixteen texts, a text in each lane of a vector: nothing is summed across lanes.</summary>
internal static unsafe class LaneProducts
{
    /// <summary>Rows at a time: as many sums as two units need to be busy.</summary>
    public const int Rows = 8;

    /// <summary>From how many texts on it is faster than text by text: it takes as long for two as for sixteen.</summary>
    public const int FewestTexts = 4;

    /// <summary>sums[row, text] += Σ weights[row, column] · lanes[column, text].</summary>
    /// <param name="weights">[rows, columns].</param>
    /// <param name="stride">From one row of weights to the next.</param>
    /// <param name="rows">At most <see cref="Rows"/>.</param>
    /// <param name="columns">Of weights and lanes.</param>
    /// <param name="lanes">[columns, 16].</param>
    /// <param name="sums">[rows, 16].</param>
    public static void Add(float* weights, long stride, int rows, long columns, float* lanes, float* sums)
    {
        if (rows == Rows)
        {
            AddAll(weights, stride, columns, lanes, sums);
            return;
        }

        for (int r = 0; r < rows; r++)
        {
            AddOne(weights + (r * stride), columns, lanes, sums + (r * StateRows.GroupSize));
        }
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void AddAll(float* weights, long stride, long columns, float* lanes, float* sums)
    {
        float* w1 = weights + stride;
        float* w2 = w1 + stride;
        float* w3 = w2 + stride;
        float* w4 = w3 + stride;
        float* w5 = w4 + stride;
        float* w6 = w5 + stride;
        float* w7 = w6 + stride;
        var (s0, s1, s2, s3) = (Vector512.Load(sums), Vector512.Load(sums + 16), Vector512.Load(sums + 32), Vector512.Load(sums + 48));
        var (s4, s5, s6, s7) = (Vector512.Load(sums + 64), Vector512.Load(sums + 80), Vector512.Load(sums + 96), Vector512.Load(sums + 112));
        for (long c = 0; c < columns; c++)
        {
            var x = Vector512.Load(lanes + (c * 16));
            s0 = Vector512.FusedMultiplyAdd(Vector512.Create(weights[c]), x, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Create(w1[c]), x, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Create(w2[c]), x, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Create(w3[c]), x, s3);
            s4 = Vector512.FusedMultiplyAdd(Vector512.Create(w4[c]), x, s4);
            s5 = Vector512.FusedMultiplyAdd(Vector512.Create(w5[c]), x, s5);
            s6 = Vector512.FusedMultiplyAdd(Vector512.Create(w6[c]), x, s6);
            s7 = Vector512.FusedMultiplyAdd(Vector512.Create(w7[c]), x, s7);
        }

        Vector512.Store(s0, sums);
        Vector512.Store(s1, sums + 16);
        Vector512.Store(s2, sums + 32);
        Vector512.Store(s3, sums + 48);
        Vector512.Store(s4, sums + 64);
        Vector512.Store(s5, sums + 80);
        Vector512.Store(s6, sums + 96);
        Vector512.Store(s7, sums + 112);
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void AddOne(float* weights, long columns, float* lanes, float* sums)
    {
        var sum = Vector512.Load(sums);
        for (long c = 0; c < columns; c++)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(weights[c]), Vector512.Load(lanes + (c * 16)), sum);
        }

        Vector512.Store(sum, sums);
    }
}
