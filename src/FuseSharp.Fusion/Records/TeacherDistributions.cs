namespace FuseSharp.Fusion.Records;

/// <summary>What a model says of the target's positions in one document, over the target's vocabulary.</summary>
/// <remarks>Rows have different lengths; an empty row is a position for which the model says nothing. Row t predicts the target's token t + 1.</remarks>
/// <param name="RowStarts">[positions + 1]: row t is <c>RowStarts[t] .. RowStarts[t + 1]</c>.</param>
/// <param name="Indices">Target token ids; in a row each at most once.</param>
/// <param name="Scores">Beside each index its score.</param>
/// <param name="Unit">What scores are.</param>
public sealed record TeacherDistributions(int[] RowStarts, int[] Indices, float[] Scores, ScoreUnit Unit)
{
    /// <summary>Number of positions.</summary>
    public int Positions => RowStarts.Length - 1;

    /// <summary>The same for a run of the positions.</summary>
    /// <param name="start">The run's first position.</param>
    /// <param name="length">Its positions.</param>
    public TeacherDistributions Slice(int start, int length)
    {
        int first = RowStarts[start];
        int endExclusive = RowStarts[start + length];
        return new([.. RowStarts.AsSpan(start, length + 1).ToArray().Select(s => s - first)], Indices[first..endExclusive], Scores[first..endExclusive], Unit);
    }

    /// <summary>The probabilities of a row's candidates.</summary>
    /// <param name="position">0-based.</param>
    /// <returns>In the order of the indices; of log-probabilities at most 1 in all, of logits the softmax.</returns>
    public double[] Probabilities(int position)
    {
        float[] row = Scores[RowStarts[position]..RowStarts[position + 1]];
        double largest = Unit == ScoreUnit.Logit && row.Length > 0 ? row.Max() : 0;
        double[] powers = [.. row.Select(s => Math.Exp(s - largest))];
        double sum = Unit == ScoreUnit.Logit ? powers.Sum() : 1;
        return [.. powers.Select(p => p / sum)];
    }
}
