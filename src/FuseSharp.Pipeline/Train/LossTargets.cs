namespace FuseSharp.Pipeline.Train;

/// <summary>What the student shall predict at N positions, with the weight of every part in the loss.</summary>
/// <param name="K">Candidates of a position; rows with fewer are filled up with probability 0.</param>
/// <param name="Labels">[N] true next tokens; any id where the weight is 0.</param>
/// <param name="LabelWeights">[N] weight of the language-model loss, mean already taken in.</param>
/// <param name="Indices">[N · K] candidates; padding repeats any id with <paramref name="IsCandidate"/> 0.</param>
/// <param name="Probabilities">[N · K] fused probabilities.</param>
/// <param name="IsCandidate">[N · K] 1 for a candidate, 0 for padding.</param>
/// <param name="FusionWeights">[N] weight of the fusion loss; 0 where nothing is known.</param>
public sealed record LossTargets(int K, long[] Labels, float[] LabelWeights, long[] Indices, float[] Probabilities, float[] IsCandidate, float[] FusionWeights)
{
    /// <summary>Number of positions.</summary>
    public int Positions => Labels.Length;

    /// <summary>The positions that have a weight, in order.</summary>
    public long[] WeighedPositions() => [.. Enumerable.Range(0, Positions).Where(n => LabelWeights[n] != 0 || FusionWeights[n] != 0).Select(n => (long)n)];

    /// <summary>The targets of some positions.</summary>
    /// <param name="positions">In any order.</param>
    public LossTargets At(long[] positions)
    {
        T[] One<T>(T[] values) => Array.ConvertAll(positions, n => values[n]);
        T[] Rows<T>(T[] values) => [.. positions.SelectMany(n => values.AsSpan((int)n * K, K).ToArray())];
        return new(K, One(Labels), One(LabelWeights), Rows(Indices), Rows(Probabilities), Rows(IsCandidate), One(FusionWeights));
    }
}
