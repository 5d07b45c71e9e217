namespace FuseSharp.Models.Scoring;

/// <summary>What a model says of the positions of one token sequence of T tokens.</summary>
/// <param name="CrossEntropies">[T] nats of position t for token t + 1; 0 at the last.</param>
/// <param name="LogNormalizers">[T] log Σ exp(logit) over the vocabulary.</param>
/// <param name="Indices">[T·k] ids of the largest logits, largest first; empty where k is 0.</param>
/// <param name="Logits">[T·k] those logits.</param>
public sealed record SequenceScores(float[] CrossEntropies, float[] LogNormalizers, int[] Indices, float[] Logits)
{
    /// <summary>Whether all of them are numbers. A model whose weights hold NaN or infinity knows nothing, which must not become a score.</summary>
    public bool AreFinite
        => Array.TrueForAll(LogNormalizers, float.IsFinite) && Array.TrueForAll(Logits, float.IsFinite) && Array.TrueForAll(CrossEntropies, float.IsFinite);
}
