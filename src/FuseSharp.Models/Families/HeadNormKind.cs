namespace FuseSharp.Models.Families;

/// <summary>What norms of queries and keys go over.</summary>
internal enum HeadNormKind
{
    /// <summary>Each head by itself, with one weight [head size] for all.</summary>
    Shared,

    /// <summary>Each head by itself, each with a weight of its own.</summary>
    Each,

    /// <summary>All heads together, before they are split.</summary>
    Whole,
}
