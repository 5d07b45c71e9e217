using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FuseSharp.Models.Kernels;

namespace FuseSharp.Models.Rows;

/// <summary>Products of a few rows of weights with sixteen texts, a text in each lane of a vector: nothing is summed across lanes.</summary>
internal static unsafe class LaneProducts
{
    /// <summary>Rows at a time: as many sums as two units need to be busy.</summary>
    public const int Rows = 8;

    /// <summary>From how many texts on it is faster than text by text: it takes as long for two as for sixteen.</summary>
    public const int FewestTexts = 4;

    // Columns that are summed by themselves: rounding then grows with these and with their number, not with the width of a row.
    private const long RunColumns = 128;

    /// <summary>sums[row, text] += Σ weights[row, column] · lanes[column, text].</summary>
    /// <param name="weights">[rows, columns].</param>
    /// <param name="stride">From one row of weights to the next.</param>
    /// <param name="rows">At most <see cref="Rows"/>.</param>
    /// <param name="columns">Of weights and lanes.</param>
    /// <param name="lanes">[columns, 16].</param>
    /// <param name="sums">[rows, 16].</param>
    public static void Add(float* weights, long stride, int rows, long columns, float* lanes, float* sums)
    {
        for (long start = 0; start < columns; start += RunColumns)
        {
            long count = Math.Min(RunColumns, columns - start);
            float* own = lanes + (start * StateRows.GroupSize);
            if (rows == Rows)
            {
                AddAll(weights + start, stride, count, own, sums);
                continue;
            }

            for (int r = 0; r < rows; r++)
            {
                AddOne(weights + start + (r * stride), count, own, sums + (r * StateRows.GroupSize));
            }
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
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
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

        Vector512.Store(s0 + Vector512.Load(sums), sums);
        Vector512.Store(s1 + Vector512.Load(sums + 16), sums + 16);
        Vector512.Store(s2 + Vector512.Load(sums + 32), sums + 32);
        Vector512.Store(s3 + Vector512.Load(sums + 48), sums + 48);
        Vector512.Store(s4 + Vector512.Load(sums + 64), sums + 64);
        Vector512.Store(s5 + Vector512.Load(sums + 80), sums + 80);
        Vector512.Store(s6 + Vector512.Load(sums + 96), sums + 96);
        Vector512.Store(s7 + Vector512.Load(sums + 112), sums + 112);
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void AddOne(float* weights, long columns, float* lanes, float* sums)
    {
        var sum = Vector512<float>.Zero;
        for (long c = 0; c < columns; c++)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(weights[c]), Vector512.Load(lanes + (c * 16)), sum);
        }

        Vector512.Store(sum + Vector512.Load(sums), sums);
    }
}
