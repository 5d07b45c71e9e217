using System.ComponentModel.DataAnnotations;
using FuseSharp.Options;

namespace FuseSharp.Pipeline.Merge;

/// <summary>Numbers of a merge, for all models or for one; what is not set keeps the method's default.</summary>
[ForeignKey("int8_mask", isHarmless: true, "It saves mergekit memory and changes no number.")]
public sealed record MergeParameters
{
    /// <summary>Weight of a model; 1 where not set.</summary>
    [Range(-100.0, 100.0)] public double? Weight { get; init; }

    /// <summary>Share of a model's changes that is kept, by TIES the largest, by DARE random ones; 1 where not set.</summary>
    [Range(0.0, 1.0)] public double? Density { get; init; }

    /// <summary>Whether weighted sums are divided by the sum of the weights; where not set, linear and ties do, the others do not.</summary>
    public bool? Normalize { get; init; }

    /// <summary>Whether pruned changes are enlarged to their former sum of absolute values; where not set, the DARE methods do.</summary>
    public bool? Rescale { get; init; }

    /// <summary>Factor of the merged change, in all methods with a base; 1 where not set.</summary>
    [Range(-100.0, 100.0)] public double? Lambda { get; init; }

    /// <summary>Place on the way of slerp: 0 is the base, 1 the other model.</summary>
    [Range(0.0, 1.0)] public double? T { get; init; }

    /// <summary>Seed of DARE's draw; 42 where not set.</summary>
    public long? Seed { get; init; }
}
