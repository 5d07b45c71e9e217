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
}
