namespace FuseSharp.Fusion.Fuse;

/// <summary>How several models' distributions become one.</summary>
public enum FusionRule
{
    /// <summary>The one of the model with the smallest cross-entropy: the published run.</summary>
    MinCe,

    /// <summary>All of them, weighted by their reward.</summary>
    AvgCe,
}
