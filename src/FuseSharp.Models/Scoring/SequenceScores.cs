namespace FuseSharp.Models.Scoring;

/// <summary>What a model says of the positions of one token sequence of T tokens.</summary>
/// <param name="CrossEntropies">[T] nats of position t for token t + 1; 0 at the last.</param>
/// <param name="LogNormalizers">[T] log Σ exp(logit) over the vocabulary.</param>
/// <param name="Indices">[T·k] ids of the largest logits, largest first; empty where k is 0. With a projection ids of candidates, −1 where fewer than k have any probability. Of a sample those that were kept.</param>
/// <param name="Logits">[T·k] those logits; with a projection the logarithms of the summed exponentials, so that exp(it − log-normalizer) is a probability all the same; of a sample the logarithms of what each stands for.</param>
public sealed record SequenceScores(float[] CrossEntropies, float[] LogNormalizers, int[] Indices, float[] Logits)
{
    /// <summary>Whether all of them are numbers. A model whose weights hold NaN or infinity knows nothing, which must not become a score.</summary>
    public bool AreFinite
        => Array.TrueForAll(LogNormalizers, float.IsFinite) && Array.TrueForAll(Logits, float.IsFinite) && Array.TrueForAll(CrossEntropies, float.IsFinite);

    /// <summary>Turns the sums of one position's candidates, largest first, into logits, and takes out those of candidates that no token counts for.</summary>
    /// <param name="from">Of the position's first.</param>
    /// <param name="count">How many.</param>
    /// <param name="shift">What the logits were lessened by before their exponentials were summed.</param>
    internal void SumsToLogits(int from, int count, float shift)
    {
        for (int i = from; i < from + count; i++)
        {
            (Logits[i], Indices[i]) = Logits[i] == 0 ? (0, -1) : (shift + MathF.Log(Logits[i]), Indices[i]);
        }
    }
}
