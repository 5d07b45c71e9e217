namespace FuseSharp.Core.Recipes;

/// <summary>Which target token receives the probability of a source token.</summary>
public enum ProjectionMethod
{
    /// <summary>The first token of the target's own tokenization of the source token's text.</summary>
    FirstToken,

    /// <summary>The one that the vocabulary mapping names.</summary>
    Mapped,
}
