using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Sums over tensors that are taken as vectors: one, or one for each of some equally long parts that lie one after the other. Sums are double.</summary>
internal static class VectorRows
{
    /// <summary>Some numbers of a tensor.</summary>
    /// <param name="numbers">float32, contiguous, on the CPU; outlives the span.</param>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    public static Span<float> Numbers(Tensor numbers, long start, int count)
    {
        using var flat = numbers.view(-1);
        using var part = flat.narrow(0, start, count);
        return MemoryMarshal.Cast<byte, float>(part.bytes);
    }

    /// <summary>The product of each row with the same row of another tensor.</summary>
    /// <param name="a">float32, contiguous, on the CPU.</param>
    /// <param name="b">Of the same shape; may be the same.</param>
    /// <param name="rows">How many parts.</param>
    /// <returns>[rows].</returns>
    public static double[] Dot(Tensor a, Tensor b, long rows)
    {
        double[] sums = new double[rows];
        foreach (var (row, start, count) in Pieces(a, rows))
        {
            var x = Numbers(a, start, count);
            var y = Numbers(b, start, count);
            double sum = 0;
            for (int i = 0; i < count; i++)
            {
                sum += (double)x[i] * y[i];
            }

            sums[row] += sum;
        }

        return sums;
    }

    /// <summary>Makes a sum of two tensors with factors of their own for each row, in place: factor·numbers + share·added.</summary>
    /// <param name="numbers">float32, contiguous, on the CPU; gets the sum.</param>
    /// <param name="factors">[rows].</param>
    /// <param name="added">Of the same shape.</param>
    /// <param name="shares">[rows].</param>
    public static void Combine(Tensor numbers, double[] factors, Tensor added, double[] shares)
    {
        foreach (var (row, start, count) in Pieces(numbers, factors.Length))
        {
            var x = Numbers(numbers, start, count);
            var y = Numbers(added, start, count);
            for (int i = 0; i < count; i++)
            {
                x[i] = (float)((factors[row] * x[i]) + (shares[row] * y[i]));
            }
        }
    }

    // Pieces of a row that are no longer than a chunk.
    private static IEnumerable<(long Row, long Start, int Count)> Pieces(Tensor numbers, long rows)
    {
        const int Longest = 1 << 20;
        long length = numbers.numel() / rows;
        for (long row = 0; row < rows; row++)
        {
            for (long at = 0; at < length; at += Longest)
            {
                yield return (row, (row * length) + at, (int)Math.Min(Longest, length - at));
            }
        }
    }
}
