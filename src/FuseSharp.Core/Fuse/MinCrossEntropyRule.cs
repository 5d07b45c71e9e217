using FuseSharp.Core.Records;

namespace FuseSharp.Core.Fuse;

/// <summary>MinCE of the FuseLLM paper: the distribution of the model with the lowest cross-entropy on the true tokens.</summary>
/// <param name="unit">For what piece of text the choice is made.</param>
/// <param name="fillsFromTarget">Whether an empty row of the chosen model is replaced by the target's own, as the reference does.</param>
public sealed class MinCrossEntropyRule(ChoiceUnit unit, bool fillsFromTarget = false) : IFusionRule
{
    /// <inheritdoc/>
    public FusedRows Fuse(PackedBlock block, RowProbabilities probabilitiesOf)
    {
        float[][] costs = ModelCosts.Of(block, unit);
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
                if (fillsFromTarget && rows.RowStarts[t] == rows.RowStarts[t + 1])
                {
                    rows = block.Rows[0];
                }

                var range = rows.RowStarts[t]..rows.RowStarts[t + 1];
                var logWeights = rows.LogWeights.AsSpan(range);
                if (row.Length < logWeights.Length)
                {
                    row = new float[logWeights.Length];
                }

                probabilitiesOf.Write(logWeights, row);
                indices.AddRange(rows.Indices.AsSpan(range));
                probabilities.AddRange(row.AsSpan(0, logWeights.Length));
                starts[t + 1] = indices.Count;
            }
        }

        return new FusedRows(starts, [.. indices], [.. probabilities], teachers);
    }

    // The first among equals, so that the target wins a tie.
    private static int Best(float[] costs)
    {
        int best = 0;
        for (int m = 1; m < costs.Length; m++)
        {
            if (costs[m] < costs[best])
            {
                best = m;
            }
        }

        return best;
    }
}
