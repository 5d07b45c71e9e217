using System.Runtime.InteropServices;
using FuseSharp.Core.Records;

namespace FuseSharp.Core.Fuse;

/// <summary>AvgCE of the FuseLLM paper: all models' distributions, weighted by softmax over the models of the reward exp(−c).</summary>
/// <remarks>A model that says nothing of a position takes no part there; the others' weights are scaled up to 1.</remarks>
/// <param name="unit">For what piece of text the weights are computed. For a document, nats per byte are scaled by
/// <paramref name="bytesPerToken"/> to the paper's scale.</param>
/// <param name="bytesPerToken">The target's mean bytes per token, &gt; 0; without effect for a block.</param>
public sealed class WeightedAverageRule(ChoiceUnit unit, double bytesPerToken = 1) : IFusionRule
{
    /// <inheritdoc/>
    public FusedRows Fuse(PackedBlock block, RowProbabilities probabilitiesOf)
    {
        float[][] costs = ModelCosts.Of(block, unit);
        double scale = unit == ChoiceUnit.Document ? bytesPerToken : 1;
        int[] starts = new int[block.Ids.Length + 1];
        var indices = new List<int>();
        var probabilities = new List<float>();
        var sums = new Dictionary<int, float>();
        int t = 0;
        for (int s = 0; s < block.Segments.Length; s++)
        {
            double[] weights = [.. costs[s].Select(c => Math.Exp(Math.Exp(-c * scale)))];
            for (int endExclusive = t + block.Segments[s].Length; t < endExclusive; t++)
            {
                Blend(block.Rows, t, weights, probabilitiesOf, sums);
                foreach (var (index, probability) in sums.OrderByDescending(p => p.Value).ThenBy(p => p.Key))
                {
                    indices.Add(index);
                    probabilities.Add(probability);
                }

                starts[t + 1] = indices.Count;
            }
        }

        return new FusedRows(starts, [.. indices], [.. probabilities], [.. Enumerable.Repeat(-1, block.Segments.Length)]);
    }

    private static void Blend(SparseRows[] models, int t, double[] weights, RowProbabilities probabilitiesOf, Dictionary<int, float> sums)
    {
        sums.Clear();
        double total = 0;
        for (int m = 0; m < models.Length; m++)
        {
            total += models[m].RowStarts[t] < models[m].RowStarts[t + 1] ? weights[m] : 0;
        }

        Span<float> row = stackalloc float[256];
        for (int m = 0; m < models.Length; m++)
        {
            var range = models[m].RowStarts[t]..models[m].RowStarts[t + 1];
            var logWeights = models[m].LogWeights.AsSpan(range);
            var probabilities = logWeights.Length <= row.Length ? row[..logWeights.Length] : new float[logWeights.Length];
            probabilitiesOf.Write(logWeights, probabilities);
            for (int i = 0; i < logWeights.Length; i++)
            {
                ref float sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, models[m].Indices[range.Start.Value + i], out _);
                sum += (float)(weights[m] / total) * probabilities[i];
            }
        }
    }
}
