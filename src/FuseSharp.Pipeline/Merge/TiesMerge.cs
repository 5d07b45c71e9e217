using System.Runtime.InteropServices;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>TIES (Yadav et al. 2023): changes are pruned, each number elects the sign with the larger weighted sum, and only changes of that sign count.</summary>
/// <remarks>
/// With dᵢ the pruned, weighted changes: base + λ · Σ dᵢ[sign agrees] / Σ wᵢ[sign agrees]; the divisor only where normalizing is asked for.
/// A sum of exactly 0 elects plus, as in mergekit. Holds the base and the change of every model at once; all else is made for a million numbers at a time.
/// </remarks>
/// <param name="weights">Of each model.</param>
/// <param name="pruning">Prunes a change in place.</param>
/// <param name="normalizes">Whether to divide by the sum of the weights that agree.</param>
/// <param name="lambda">Factor of the merged change.</param>
internal sealed class TiesMerge(double[] weights, IChangePruning pruning, bool normalizes, double lambda) : IMergeMethod
{
    public Tensor Merge(MergeInputs inputs)
    {
        var merged = inputs.ReadBase(buffer: 0);
        var changes = new Tensor[inputs.Count];
        for (int i = 0; i < changes.Length; i++)
        {
            changes[i] = inputs.Change(i, merged, buffer: i + 1);
            pruning.Prune(changes[i], i, inputs.Name);
            changes[i].mul_(RootedScalar.Of(weights[i]));
        }

        foreach (var (piece, start) in TensorChunks.Cut(merged))
        {
            AddAgreed(MemoryMarshal.Cast<byte, float>(piece.bytes), changes, start);
        }

        foreach (var change in changes)
        {
            change.Dispose();
        }

        return merged;
    }

    // Loops instead of tensor operations: their temporaries, left with the allocator, took as much memory as the changes.
    private void AddAgreed(Span<float> merged, Tensor[] changes, long start)
    {
        int count = merged.Length;
        float[] sums = new float[count];
        for (int i = 0; i < changes.Length; i++)
        {
            var numbers = Numbers(changes[i], start, count);
            for (int j = 0; j < count; j++)
            {
                sums[j] += numbers[j];
            }
        }

        float[] mixed = new float[count];
        float[] divisors = new float[count];
        for (int i = 0; i < changes.Length; i++)
        {
            var numbers = Numbers(changes[i], start, count);
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
            merged[j] += (float)lambda * (normalizes && divisors[j] != 0 ? mixed[j] / divisors[j] : mixed[j]);
        }
    }

    private static ReadOnlySpan<float> Numbers(Tensor change, long start, int count)
    {
        using var flat = change.view(-1);
        using var part = flat.narrow(0, start, count);
        return MemoryMarshal.Cast<byte, float>(part.bytes); // of the change, which outlives the view
    }
}
