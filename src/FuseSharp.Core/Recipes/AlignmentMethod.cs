namespace FuseSharp.Core.Recipes;

/// <summary>How positions of source and target are paired.</summary>
public enum AlignmentMethod
{
    /// <summary>Where both have read the same bytes.</summary>
    Boundary,

    /// <summary>The paper's edit distance over token strings; a token counts as equal when the vocabulary mapping says so.</summary>
    Soft,

    /// <summary>The paper's edit distance over token strings; only equal strings count as equal.</summary>
    Hard,
}
