using FuseSharp.Fusion.Records;


namespace FuseSharp.Fusion.Fuse;

/// <summary>MinCE of the FuseLLM paper: the distribution of the model with the lowest cross-entropy on the true tokens.</summary>
/// <param name="settings">How, and who takes part.</param>
public sealed class MinCrossEntropyRule(FusionSettings settings) : IFusionRule
{
    /// <inheritdoc/>
    public FusedDistributions Fuse(PackedBlock block, RowProbabilities probabilitiesOf)
    {
        float[][] costs = ModelCosts.Compute(block, settings);
        int[] teachers = [.. costs.Select(Best)];
        int[] starts = new int[block.Ids.Length + 1];
        var indices = new List<int>();
        var probabilities = new List<float>();
        float[] row = [];
        int t = 0;
        for (int s = 0; s < block.Segments.Length; s++)
        {
            for (int endExclusive = t + block.Segments[s].Length; t < endExclusive; t++)
            {
                var rows = block.Rows[teachers[s]];
                if (settings.FillsFromTarget && rows.RowStarts[t] == rows.RowStarts[t + 1])
                {
                    rows = block.Rows[0];
                }

                var range = rows.RowStarts[t]..rows.RowStarts[t + 1];
                var scores = rows.Scores.AsSpan(range);
                if (row.Length < scores.Length)
                {
                    row = new float[scores.Length];
                }

                probabilitiesOf.Write(scores, row);
                indices.AddRange(rows.Indices.AsSpan(range));
                probabilities.AddRange(row.AsSpan(0, scores.Length));
                starts[t + 1] = indices.Count;
            }
        }

        return new FusedDistributions(starts, [.. indices], [.. probabilities], teachers, [.. costs.Select((c, s) => Reward(c, block.Segments[s], teachers[s]))]);
    }

    // By reward, which falls as the cost rises; the first among equals, so that the target wins a tie.
    private int Best(float[] costs)
    {
        int best = -1;
        for (int m = 0; m < costs.Length; m++)
        {
            if (settings.Uses(m) && (best < 0 || costs[m] < costs[best] || (costs[m] == costs[best] && LastOfEqualsWins)))
            {
                best = m;
            }
        }

        return best >= 0 ? best : throw new ArgumentException("Every model is switched off.");
    }

    // The reference, with the target switched off, takes the second of two equal sources.
    private bool LastOfEqualsWins => settings.RoundsLikeReference && !settings.Uses(0);

    private float Reward(float[] costs, PackedSegment segment, int teacher)
        => ModelCosts.Rewards(costs, segment, settings)[teacher];
}
