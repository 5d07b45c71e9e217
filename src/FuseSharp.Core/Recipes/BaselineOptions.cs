namespace FuseSharp.Core.Recipes;

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

    /// <summary>Merges of the weights of target and sources: any of linear, slerp, task_arithmetic, ties, dare_linear, dare_ties. Sources whose tokenizer or
    /// tensor shapes are not the target's cannot be merged; the report says so.</summary>
    public IReadOnlyList<MergeMethod> Merges { get; init; } = [];

    /// <summary>The model that target and sources were tuned from; all merges but linear and slerp need it.</summary>
    public string? MergeBase { get; init; }

    /// <summary>Numbers of all merges. What is not set is mergekit's default; t and density, which have none there, are 0.5.</summary>
    public MergeParameters MergeParameters { get; init; } = new();

    /// <summary>Why some weights cannot be those of an ensemble, or null.</summary>
    /// <param name="models">Number of models.</param>
    /// <param name="weights">Empty for equal ones.</param>
    public static string? WeightsFault(int models, IReadOnlyList<double> weights)
        => weights.Count != 0 && weights.Count != models
            ? FormattableString.Invariant($"The ensemble has {weights.Count} weights for {models} models. Give one for each model, the target first, or none.")
            : weights.Count != 0 && (weights[0] <= 0 || weights.Any(w => w < 0 || !double.IsFinite(w)))
            ? "A weight of the ensemble is negative, or the target's is 0. Weights are 0 or more, the target's above 0, for what no source can say is left to it."
            : null;
}
