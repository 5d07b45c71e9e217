using System.Runtime.InteropServices;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>TIES (Yadav et al. 2023): changes are pruned, each number elects the sign with the larger weighted sum, and only changes of that sign count.</summary>
/// <remarks>
/// With dᵢ the pruned, weighted changes: base + λ · Σ dᵢ[sign agrees] / Σ wᵢ[sign agrees]; the divisor only where normalizing is asked for.
/// A sum of exactly 0 elects plus, as in mergekit. Holds the base and the change of every model at once; all else is made for a million numbers at a time.
/// </remarks>
/// <param name="pruning">Prunes a change in place.</param>
/// <param name="normalizes">Whether to divide by the sum of the weights that agree, where the merge does not say.</param>
internal sealed class TiesMerge(IChangePruning pruning, bool normalizes) : IMergeMethod
{
    public Tensor Merge(MergeInputs inputs)
    {
        double[] weights = inputs.Numbers.OfModels(p => p.Weight, 1);
        float lambda = (float)inputs.Numbers.Shared(p => p.Lambda, 1);
        bool divides = inputs.Numbers.Setting(p => p.Normalize, normalizes);
        var merged = inputs.ReadBase(buffer: 0);
        var changes = new Tensor[inputs.Count];
        for (int i = 0; i < changes.Length; i++)
        {
            changes[i] = inputs.Change(i, merged, buffer: i + 1);
            pruning.Prune(changes[i], i, inputs);
            changes[i].mul_(RootedScalar.Of(weights[i]));
        }

        foreach (var (piece, start) in TensorChunks.Cut(merged))
        {
            AddAgreed(MemoryMarshal.Cast<byte, float>(piece.bytes), changes, start, weights, divides, lambda);
        }

        foreach (var change in changes)
        {
            change.Dispose();
        }

        return merged;
    }

    // Loops instead of tensor operations: their temporaries, left with the allocator, took as much memory as the changes.
    private static void AddAgreed(Span<float> merged, Tensor[] changes, long start, double[] weights, bool divides, float lambda)
    {
        int count = merged.Length;
        float[] sums = new float[count];
        for (int i = 0; i < changes.Length; i++)
        {
            var numbers = VectorRows.Numbers(changes[i], start, count);
            for (int j = 0; j < count; j++)
            {
                sums[j] += numbers[j];
            }
        }

        float[] mixed = new float[count];
        float[] divisors = new float[count];
        for (int i = 0; i < changes.Length; i++)
        {
            var numbers = VectorRows.Numbers(changes[i], start, count);
            for (int j = 0; j < count; j++)
            {
                // A sum of 0 elects plus; a change of 0 agrees with neither.
                if (sums[j] >= 0 ? numbers[j] > 0 : numbers[j] < 0)
                {
                    mixed[j] += numbers[j];
                    divisors[j] += (float)weights[i];
                }
            }
        }

        for (int j = 0; j < count; j++)
        {
            merged[j] += lambda * (divides && divisors[j] != 0 ? mixed[j] / divisors[j] : mixed[j]);
        }
    }
}
