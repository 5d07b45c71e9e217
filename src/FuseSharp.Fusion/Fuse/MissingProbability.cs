namespace FuseSharp.Fusion.Fuse;

/// <summary>What becomes of the probability that a fused row leaves outside its candidates.</summary>
public enum MissingProbability
{
    /// <summary>The candidates get it, in proportion: the row is taken to carry all the mass, as in the reference.</summary>
    Renormalize,

    /// <summary>One further outcome, "anything else", with its own gradient.</summary>
    Bucket,

    /// <summary>The true next token gets it.</summary>
    TrueToken,
}
