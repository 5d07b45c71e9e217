using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FuseSharp.Models.Kernels;
using static TorchSharp.torch;

namespace FuseSharp.Models.Scoring;

/// <summary>Reads off what a representation keeps of rows of logits: log-normalizer, the label's cross-entropy, the largest k.</summary>
/// <remarks>
/// A row is read where it lies, in its own type; libtorch's operations write a float32 copy first and sort parts of it. Once the largest k of a row's beginning are known, sixteen
/// further numbers are compared with the smallest of them at a time: of V numbers in random order k·ln(V/k) enter.
/// </remarks>
internal static unsafe class LogitScoresKernel
{
    /// <summary>Writes the scores of some positions.</summary>
    /// <param name="logits">[n, width], contiguous.</param>
    /// <param name="labels">[n, 1] int64, contiguous: the token behind each position.</param>
    /// <param name="vocabularySize">Columns from here on are never among the largest; they count in the normalizer.</param>
    /// <param name="k">How many are kept, 0 to <paramref name="vocabularySize"/>; of equal ones those with the smaller ids.</param>
    /// <param name="first">Position of the first row in <paramref name="scores"/>.</param>
    /// <param name="scores">Written.</param>
    /// <param name="places">[width]: the candidate that each column counts for, from 0 to <paramref name="candidates"/>, which is none; null where every column is its own.</param>
    /// <param name="candidates">How many there are; read only with places.</param>
    /// <param name="points">One for each position of <paramref name="scores"/> where a <see cref="SystematicSample"/> of k is kept; null to keep the largest.</param>
    public static void Run(Tensor logits, Tensor labels, int vocabularySize, int k, int first, SequenceScores scores, int[]? places = null, int candidates = 0, double[]? points = null)
    {
        if (logits.dtype == ScalarType.BFloat16)
        {
            Run<Bfloat16Number>(logits, labels, vocabularySize, k, first, scores, places, candidates, points);
        }
        else
        {
            Run<Float32Number>(logits, labels, vocabularySize, k, first, scores, places, candidates, points);
        }
    }

    private static void Run<T>(Tensor logits, Tensor labels, int vocabularySize, int k, int first, SequenceScores scores, int[]? places, int candidates, double[]? points)
        where T : IStoredNumber
    {
        long width = logits.shape[1];
        byte* address = (byte*)KernelRows.AddressOf(logits);
        long* label = (long*)KernelRows.AddressOf(labels);
        bool keepsLogits = places is null && points is null;
        KernelRows.Run(logits.shape[0], width, (start, endExclusive) =>
        {
            using var powers = new AlignedRow(keepsLogits ? 0 : width);
            using var sums = new AlignedRow(places is null ? 0 : candidates + 1);
            for (long row = start; row < endExclusive; row++)
            {
                byte* values = address + (row * width * T.Size);
                int position = first + (int)row;
                float largest = LogitRow.Largest<T>(values, width);
                double normalizer = largest + Math.Log(LogitRow.SumOfExponentials<T>(values, largest, width, keepsLogits ? null : powers.Start));
                scores.LogNormalizers[position] = (float)normalizer;
                scores.CrossEntropies[position] = (float)(normalizer - T.LoadRest(values, label[row], 1)[0]);
                var kept = scores.Logits.AsSpan(position * k, k);
                var ids = scores.Indices.AsSpan(position * k, k);
                if (keepsLogits)
                {
                    Top<T>(values, vocabularySize, kept, ids);
                    continue;
                }

                float* weights = powers.Start;
                int count = vocabularySize;
                if (places is not null)
                {
                    Sum(powers.Start, places, sums.Start, candidates + 1);
                    weights = sums.Start;
                    count = candidates;
                }

                Top<Float32Number>((byte*)weights, count, kept, ids);
                if (points is not null && k > 0)
                {
                    SystematicSample.Draw(weights, count, kept, ids, points[position]);
                }

                scores.SumsToLogits(position * k, k, largest);
            }
        });
        GC.KeepAlive(logits);
        GC.KeepAlive(labels);
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Sum(float* powers, int[] places, float* sums, int count)
    {
        new Span<float>(sums, count).Clear();
        for (int i = 0; i < places.Length; i++)
        {
            sums[places[i]] += powers[i];
        }
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Top<T>(byte* row, long size, Span<float> logits, Span<int> indices)
        where T : IStoredNumber
    {
        if (logits.IsEmpty)
        {
            return;
        }

        int filled = 0;
        long i = 0;
        for (; i + 16 <= size; i += 16)
        {
            var values = T.Load(row, i);
            if (filled < logits.Length || Vector512.GreaterThanAny(values, Vector512.Create(logits[^1])))
            {
                Enter(values, 16, i, logits, indices, ref filled);
            }
        }

        if (i < size)
        {
            Enter(T.LoadRest(row, i, size - i), (int)(size - i), i, logits, indices, ref filled);
        }
    }

    private static void Enter(Vector512<float> values, int count, long first, Span<float> logits, Span<int> indices, ref int filled)
    {
        for (int lane = 0; lane < count; lane++)
        {
            float value = values[lane];
            int at = filled;
            if (filled < logits.Length)
            {
                filled++;
            }
            else if (value > logits[^1])
            {
                at--;
            }
            else
            {
                continue;
            }

            for (; at > 0 && value > logits[at - 1]; at--)
            {
                logits[at] = logits[at - 1];
                indices[at] = indices[at - 1];
            }

            logits[at] = value;
            indices[at] = (int)first + lane;
        }
    }
}
