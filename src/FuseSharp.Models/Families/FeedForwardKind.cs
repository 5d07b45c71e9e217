namespace FuseSharp.Models.Families;

/// <summary>What a feed-forward part computes.</summary>
internal enum FeedForwardKind
{
    /// <summary>down(activation(gate x) · up x).</summary>
    Gated,

    /// <summary>The same with gate and up in one map, gate's rows first.</summary>
    FusedGated,

    /// <summary>down(activation(up x)), with the names <c>c_fc</c> and <c>c_proj</c>.</summary>
    Plain,
}
