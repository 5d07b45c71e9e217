namespace FuseSharp.Fusion.Records;

/// <summary>What a source says of the target's positions in one document, over the target's vocabulary.</summary>
/// <remarks>Rows have different lengths; an empty row is a position for which the source says nothing. Row t predicts the target's token t + 1.</remarks>
/// <param name="RowStarts">[positions + 1]: row t is <c>RowStarts[t] .. RowStarts[t + 1]</c>.</param>
/// <param name="Indices">Target token ids; in a row each at most once.</param>
/// <param name="LogWeights">Beside each index: in the <c>default</c> setting the logarithm of its true probability (a row's probabilities sum to at most 1, the rest is the
/// mass outside it); in the <c>reference</c> setting a logit, of which only the softmax over the row has a meaning.</param>
public sealed record TeacherDistributions(int[] RowStarts, int[] Indices, float[] LogWeights)
{
    /// <summary>Number of positions.</summary>
    public int Positions => RowStarts.Length - 1;
}
