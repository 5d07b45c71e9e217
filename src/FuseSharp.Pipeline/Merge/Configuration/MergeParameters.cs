using System.ComponentModel.DataAnnotations;
using FuseSharp.Options;

namespace FuseSharp.Pipeline.Merge.Configuration;

/// <summary>Numbers of a merge, for all models or for one; what is not set keeps the method's default. What may differ from tensor to tensor is a number, a list that runs over the layers, or a list of filters on names, as in mergekit.</summary>
[ForeignKey("int8_mask", isHarmless: true, "It saves mergekit memory and changes no number.")]
public sealed record MergeParameters
{
    /// <summary>Weight of a model; 1 where not set.</summary>
    [Range(-100.0, 100.0)] public LayerValues? Weight { get; init; }

    /// <summary>Share of a model's changes that is kept: by TIES the largest, by Breadcrumbs the largest but some, by DARE and DELLA random ones; 1 where not set.</summary>
    [Range(0.0, 1.0)] public LayerValues? Density { get; init; }

    /// <summary>Breadcrumbs: share of a model's changes, the largest, that is dropped; 0.01 where not set.</summary>
    [Range(0.0, 1.0)] public LayerValues? Gamma { get; init; }

    /// <summary>DELLA: how far the chance to be kept goes from the density, down for a row's smallest change and up for its largest; 0.15 where not set.</summary>
    [Range(0.0, 0.5)] public LayerValues? Epsilon { get; init; }

    /// <summary>Whether weighted sums are divided by the sum of the weights; where not set, linear, ties and della do, the others do not.</summary>
    public bool? Normalize { get; init; }

    /// <summary>Whether pruned changes are enlarged to their former sum of absolute values; where not set, the DARE and DELLA methods do.</summary>
    public bool? Rescale { get; init; }

    /// <summary>Factor of the merged change, in the methods that sum changes; 1 where not set.</summary>
    [Range(-100.0, 100.0)] public LayerValues? Lambda { get; init; }

    /// <summary>Place on the way of slerp: 0 is the base, 1 the other model. Nearswap: distance up to which a number is the other model's.</summary>
    [Range(0.0, 1.0)] public LayerValues? T { get; init; }

    /// <summary>SCE: share of the places at which the models differ that is merged, those of the largest variance; 1 where not set.</summary>
    [Range(0.0, 1.0)] public LayerValues? SelectTopk { get; init; }

    /// <summary>Passthrough: factor of the numbers; 1 where not set.</summary>
    [Range(-100.0, 100.0)] public LayerValues? Scale { get; init; }

    /// <summary>Model stock: whether every row of a matrix has an angle of its own; false where not set.</summary>
    public bool? FilterWise { get; init; }

    /// <summary>NuSLERP: whether a matrix is one vector; true where not set. Otherwise each of its rows is one, or each column with <see cref="NuslerpRowWise"/>.</summary>
    public bool? NuslerpFlatten { get; init; }

    /// <summary>NuSLERP without <see cref="NuslerpFlatten"/>: whether vectors run along the first dimension, as mergekit's name has it; false where not set.</summary>
    public bool? NuslerpRowWise { get; init; }

    /// <summary>Multi-SLERP: whether weights are divided by their sum; true where not set.</summary>
    public bool? NormalizeWeights { get; init; }

    /// <summary>Multi-SLERP: what lengths are enlarged by before they are divided by; 1e-8 where not set.</summary>
    [Range(0.0, 1.0)] public double? Eps { get; init; }

    /// <summary>Karcher: steps at most; 10 where not set.</summary>
    [Range(1, 10_000)] public int? MaxIter { get; init; }

    /// <summary>Karcher: a step, an angle or a length below this is 0; 1e-5 where not set.</summary>
    [Range(0.0, 1.0)] public double? Tol { get; init; }

    /// <summary>Seed of DARE's and DELLA's draw; 42 where not set.</summary>
    public long? Seed { get; init; }
}
