using System.Runtime.InteropServices;
using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>SCE (Wan et al. 2024, FuseChat's merge): select where the models' changes differ most, calculate their weights from the squares of what is left, erase those of the minority's sign.</summary>
/// <remarks>
/// With dᵢ the changes at the ⌊select_topk · m⌋ places of the largest variance, of m at which it is not 0, and wᵢ = mean dᵢ² / Σⱼ mean dⱼ²:
/// base + Σ wᵢ·dᵢ[sign agrees] / Σ wᵢ[sign agrees]. The majority's sign is that of Σ dᵢ, a sum of 0 is plus. Holds the base and the change of every model at once.
/// </remarks>
internal sealed class SceMerge : IMergeMethod
{
    // mergekit's: sums of squares and of weights that are practically 0.
    private const double SmallestSquares = 1e-6;
    private const float SmallestDivisor = 1e-6f;

    public Tensor Merge(MergeInputs inputs)
    {
        var merged = inputs.ReadBase(buffer: 0);
        Tensor[] changes = [.. Enumerable.Range(0, inputs.Count).Select(i => inputs.Change(i, merged, buffer: i + 1))];
        double share = inputs.Numbers.Shared(p => p.SelectTopk, 1);
        if (share < 1)
        {
            Select(changes, share, inputs);
        }

        double[] squares = [.. changes.Select(c => VectorRows.Dot(c, c, 1)[0] / c.numel())];
        double sum = squares.Sum();
        float[] weights = [.. squares.Select(s => (float)(sum < SmallestSquares ? 1.0 / squares.Length : s / sum))];
        foreach (var (piece, start) in TensorChunks.Cut(merged))
        {
            AddAgreed(MemoryMarshal.Cast<byte, float>(piece.bytes), changes, start, weights);
        }

        Array.ForEach(changes, c => c.Dispose());
        return merged;
    }

    private static void Select(Tensor[] changes, double share, MergeInputs inputs)
    {
        using var variances = inputs.Copy(changes[0], buffer: changes.Length + 1);
        long different = 0;
        foreach (var (piece, start) in TensorChunks.Cut(variances))
        {
            var numbers = MemoryMarshal.Cast<byte, float>(piece.bytes);
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = 0;
            }

            different += WriteVariances(numbers, changes, start);
        }

        long kept = (long)(share * different);
        if (kept > 0)
        {
            MagnitudePruning.Keep(variances, 0, kept);
        }

        foreach (var (piece, start) in TensorChunks.Cut(variances))
        {
            var selected = MemoryMarshal.Cast<byte, float>(piece.bytes);
            foreach (var change in changes)
            {
                var numbers = VectorRows.Numbers(change, start, selected.Length);
                for (int i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = kept > 0 && selected[i] != 0 ? numbers[i] : 0;
                }
            }
        }
    }

    private static long WriteVariances(Span<float> variances, Tensor[] changes, long start)
    {
        float[] means = new float[variances.Length];
        foreach (var change in changes)
        {
            var numbers = VectorRows.Numbers(change, start, variances.Length);
            for (int i = 0; i < means.Length; i++)
            {
                means[i] += numbers[i] / changes.Length;
            }
        }

        foreach (var change in changes)
        {
            var numbers = VectorRows.Numbers(change, start, variances.Length);
            for (int i = 0; i < means.Length; i++)
            {
                variances[i] += (numbers[i] - means[i]) * (numbers[i] - means[i]) / changes.Length;
            }
        }

        long different = 0;
        foreach (float variance in variances)
        {
            different += variance != 0 ? 1 : 0;
        }

        return different;
    }

    private static void AddAgreed(Span<float> merged, Tensor[] changes, long start, float[] weights)
    {
        float[] sums = new float[merged.Length];
        foreach (var change in changes)
        {
            var numbers = VectorRows.Numbers(change, start, merged.Length);
            for (int j = 0; j < sums.Length; j++)
            {
                sums[j] += numbers[j];
            }
        }

        float[] mixed = new float[merged.Length];
        float[] divisors = new float[merged.Length];
        for (int i = 0; i < changes.Length; i++)
        {
            var numbers = VectorRows.Numbers(changes[i], start, merged.Length);
            for (int j = 0; j < sums.Length; j++)
            {
                if (sums[j] >= 0 ? numbers[j] > 0 : numbers[j] < 0)
                {
                    mixed[j] += weights[i] * numbers[j];
                    divisors[j] += weights[i];
                }
            }
        }

        for (int j = 0; j < merged.Length; j++)
        {
            merged[j] += mixed[j] / Math.Max(divisors[j], SmallestDivisor);
        }
    }
}
