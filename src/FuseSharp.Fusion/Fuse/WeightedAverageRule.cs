using System.Runtime.InteropServices;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Fusion.Fuse;

/// <summary>AvgCE of the FuseLLM paper: all models' distributions, weighted by softmax over the models of the reward exp(−c).</summary>
/// <remarks>A model that says nothing of a position takes no part there; the others' weights are scaled up to 1.</remarks>
/// <param name="settings">How, and who takes part. For a document, nats per byte are scaled to the paper's nats per token.</param>
public sealed class WeightedAverageRule(FusionSettings settings) : IFusionRule
{
    /// <inheritdoc/>
    public FusedDistributions Fuse(PackedBlock block, RowProbabilities probabilitiesOf)
    {
        float[][] costs = ModelCosts.Compute(block, settings);
        int[] starts = new int[block.Ids.Length + 1];
        var indices = new List<int>();
        var probabilities = new List<float>();
        var sums = new Dictionary<int, float>();
        float[] means = new float[block.Segments.Length];
        int t = 0;
        for (int s = 0; s < block.Segments.Length; s++)
        {
            float[] rewards = ModelCosts.Rewards(costs[s], block.Segments[s], settings);
            float[] weights = Weights(rewards);
            means[s] = settings.Rounded(rewards.Where((_, m) => settings.Uses(m)).Average());
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

        return new FusedDistributions(starts, [.. indices], [.. probabilities], [.. Enumerable.Repeat(-1, block.Segments.Length)], means);
    }

    // Softmax over the rewards of those that take part.
    private float[] Weights(float[] rewards)
    {
        double[] powers = [.. rewards.Select((r, m) => settings.Uses(m) ? Math.Exp(r) : 0)];
        double sum = powers.Sum();
        return sum > 0 ? [.. powers.Select(p => settings.Rounded(p / sum))] : throw new ArgumentException("Every model is switched off.");
    }

    private void Blend(TeacherDistributions[] models, int t, float[] weights, RowProbabilities probabilitiesOf, Dictionary<int, float> sums)
    {
        sums.Clear();
        var rows = new TeacherDistributions[models.Length];
        double total = 0;
        for (int m = 0; m < models.Length; m++)
        {
            bool isEmpty = models[m].RowStarts[t] == models[m].RowStarts[t + 1];
            rows[m] = isEmpty && settings.FillsFromTarget ? models[0] : models[m];
            total += rows[m].RowStarts[t] < rows[m].RowStarts[t + 1] ? weights[m] : 0;
        }

        double scale = settings.RoundsLikeReference ? 1 : total;
        Span<float> buffer = stackalloc float[256];
        for (int m = 0; m < models.Length; m++)
        {
            var range = rows[m].RowStarts[t]..rows[m].RowStarts[t + 1];
            if (weights[m] == 0)
            {
                continue;
            }

            var scores = rows[m].Scores.AsSpan(range);
            var probabilities = scores.Length <= buffer.Length ? buffer[..scores.Length] : new float[scores.Length];
            probabilitiesOf.Write(scores, probabilities);
            for (int i = 0; i < scores.Length; i++)
            {
                ref float sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, rows[m].Indices[range.Start.Value + i], out _);
                sum = settings.Rounded(sum + settings.Rounded(weights[m] / scale * probabilities[i]));
            }
        }
    }
}
