using System.ComponentModel.DataAnnotations;

namespace FuseSharp.Fusion.Pack;

/// <summary>How documents are joined into training sequences.</summary>
public sealed record PackOptions
{
    /// <summary>Documents that are packed together; the last, shorter block of a group is kept. The published run: 1000.</summary>
    [Range(1, 1_000_000)] public int GroupSize { get; init; } = 1000;

    /// <summary>What a token sees of the other documents in its block.</summary>
    public BlockAttention Attention { get; init; }

    /// <summary>For what piece of text a model's cross-entropy is taken where models compete for a block.</summary>
    public MetricLevel Metric { get; init; } = MetricLevel.Sequence;
}
