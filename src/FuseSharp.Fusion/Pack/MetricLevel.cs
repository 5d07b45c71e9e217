namespace FuseSharp.Fusion.Pack;

/// <summary>For what piece of text each model's cross-entropy is written beside a block.</summary>
public enum MetricLevel
{
    /// <summary>The mean of the whole document: the published run.</summary>
    Sequence,

    /// <summary>The mean over the tokens that stand in the block, a source's carried to the target's positions.</summary>
    Token,
}
