namespace FuseSharp.Pipeline.Represent;

/// <summary>Which candidates of a position a row holds.</summary>
public enum KeptCandidates
{
    /// <summary>The <c>top_k</c> likeliest, each with its probability; the probability of all others is missing.</summary>
    Largest,

    /// <summary>
    /// <c>top_k</c> that stand for the whole distribution: the likeliest with their own probability, the others drawn by theirs, each for an equal share of what is left. Nothing is missing, and the mean over many positions is the distribution itself.
    /// </summary>
    Sample,
}
