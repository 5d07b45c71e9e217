using FuseSharp.Pipeline.Merge.Configuration;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>What the fused model is compared with, beside its untouched target and sources.</summary>
public sealed record BaselineOptions
{
    /// <summary>Whether the target is also trained without fusion (λ = 1) on the same data and steps: continual language modelling (CLM).</summary>
    public bool Clm { get; init; } = true;

    /// <summary>Whether it is also trained on the distributions of one source alone, with the same data, steps and λ: knowledge distillation. The source is the
    /// largest one with the target's tokenizer; where there is none, the report says so.</summary>
    public bool Distill { get; init; }

    /// <summary>Whether target and sources also predict together, as the mean of their distributions in the target's vocabulary. All of them are in memory at once.</summary>
    public bool Ensemble { get; init; }

    /// <summary>Weights of the ensemble's models in any scale, the target first; empty for equal ones.</summary>
    public IReadOnlyList<double> EnsembleWeights { get; init; } = [];

    /// <summary>Merges of the weights of target and sources: any method of merge but passthrough. Sources whose tokenizer or
    /// tensor shapes are not the target's cannot be merged; the report says so.</summary>
    public IReadOnlyList<MergeMethod> Merges { get; init; } = [];

    /// <summary>The model that target and sources were tuned from; merges that sum what models changed need it.</summary>
    public string? MergeBase { get; init; }

    /// <summary>Parameters shared by all merges. What is not set is mergekit's default; t and density, which have none there, are 0.5.</summary>
    public MergeParameters MergeParameters { get; init; } = new();
}
