namespace FuseSharp.Fusion.Align;

/// <summary>Which target token gets the probability of a source token.</summary>
public enum TokenProjection
{
    /// <summary>The first token of the target's own tokenization of its text.</summary>
    FirstToken,

    /// <summary>The one that the vocabulary map names.</summary>
    Mapped,
}
