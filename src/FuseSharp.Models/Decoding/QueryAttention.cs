using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FuseSharp.Models.Kernels;

namespace FuseSharp.Models.Decoding;

/// <summary>Attention of a single query to keys and values where the cache has them.</summary>
internal static unsafe class QueryAttention
{
    /// <summary>Σ softmax(scale · q·k) · v.</summary>
    /// <param name="query">[size].</param>
    /// <param name="keys">[count, size].</param>
    /// <param name="values">[count, size].</param>
    /// <param name="count">At least 1.</param>
    /// <param name="size">Of a head.</param>
    /// <param name="scale">Of the scores.</param>
    /// <param name="cap">Scores become cap · tanh(score / cap); null for none.</param>
    /// <param name="sink">A number beside the scores that takes its share and gives nothing; null for none.</param>
    /// <param name="scores">Room for <paramref name="count"/>.</param>
    /// <param name="result">Gets [size].</param>
    public static void Run(float* query, float* keys, float* values, long count, long size, float scale, float? cap, float? sink, float* scores, float* result)
    {
        Score(query, keys, count, size, scale, scores);
        if (cap is { } most)
        {
            RowArithmetic.Cap(scores, count, most);
        }

        float largest = Largest(scores, count, sink ?? float.NegativeInfinity);
        float sum = Weigh(scores, count, largest) + (sink is { } own ? MathF.Exp(own - largest) : 0);
        Mix(scores, values, count, size, 1 / sum, result);
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Score(float* query, float* keys, long count, long size, float scale, float* scores)
    {
        for (long p = 0; p < count; p++)
        {
            float* key = keys + (p * size);
            Vector512<float> first = default, second = default;
            long i = 0;
            for (; i + 32 <= size; i += 32)
            {
                first = Vector512.FusedMultiplyAdd(Vector512.Load(query + i), Vector512.Load(key + i), first);
                second = Vector512.FusedMultiplyAdd(Vector512.Load(query + i + 16), Vector512.Load(key + i + 16), second);
            }

            float rest = 0;
            for (; i < size; i++)
            {
                rest += query[i] * key[i];
            }

            scores[p] = scale * (Vector512.Sum(first + second) + rest);
        }
    }

    private static float Largest(float* scores, long count, float least)
    {
        float largest = least;
        for (long i = 0; i < count; i++)
        {
            largest = MathF.Max(largest, scores[i]); // a NaN stays
        }

        return largest;
    }

    [MethodImpl(KernelRows.Compiled)]
    private static float Weigh(float* scores, long count, float largest)
    {
        var most = Vector512.Create(largest);
        var sum = Vector512<float>.Zero;
        long i = 0;
        for (; i + 16 <= count; i += 16)
        {
            var weights = Lanes.Exp(Vector512.Load(scores + i) - most);
            Vector512.Store(weights, scores + i);
            sum += weights;
        }

        float rest = 0;
        for (; i < count; i++)
        {
            scores[i] = MathF.Exp(scores[i] - largest);
            rest += scores[i];
        }

        return Vector512.Sum(sum) + rest;
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Mix(float* weights, float* values, long count, long size, float factor, float* result)
    {
        var scale = Vector512.Create(factor);
        long i = 0;
        for (; i + 64 <= size; i += 64)
        {
            Vector512<float> a = default, b = default, c = default, d = default;
            float* value = values + i;
            for (long p = 0; p < count; p++, value += size)
            {
                var weight = Vector512.Create(weights[p]);
                a = Vector512.FusedMultiplyAdd(weight, Vector512.Load(value), a);
                b = Vector512.FusedMultiplyAdd(weight, Vector512.Load(value + 16), b);
                c = Vector512.FusedMultiplyAdd(weight, Vector512.Load(value + 32), c);
                d = Vector512.FusedMultiplyAdd(weight, Vector512.Load(value + 48), d);
            }

            Vector512.Store(a * scale, result + i);
            Vector512.Store(b * scale, result + i + 16);
            Vector512.Store(c * scale, result + i + 32);
            Vector512.Store(d * scale, result + i + 48);
        }

        for (; i + 16 <= size; i += 16)
        {
            Vector512<float> a = default;
            for (long p = 0; p < count; p++)
            {
                a = Vector512.FusedMultiplyAdd(Vector512.Create(weights[p]), Vector512.Load(values + (p * size) + i), a);
            }

            Vector512.Store(a * scale, result + i);
        }

        for (; i < size; i++)
        {
            float sum = 0;
            for (long p = 0; p < count; p++)
            {
                sum += weights[p] * values[(p * size) + i];
            }

            result[i] = sum * factor;
        }
    }
}
