namespace FuseSharp.Fusion.Fuse;

/// <summary>What becomes of the probability that a fused row leaves outside its candidates.</summary>
public enum TailMass
{
    /// <summary>The row is taken to carry all the mass, as in the reference: what is missing makes the others likelier.</summary>
    Renormalize,

    /// <summary>One further outcome, "anything else", with its own gradient.</summary>
    Bucket,

    /// <summary>It is given to the true next token.</summary>
    Truth,
}
