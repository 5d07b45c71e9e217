namespace FuseSharp.Evaluation.Ensemble;

/// <summary>Weights of the models of an ensemble.</summary>
public static class EnsembleWeights
{
    /// <summary>Why some weights cannot be those of an ensemble, or null.</summary>
    /// <param name="models">Number of models.</param>
    /// <param name="weights">Empty for equal ones.</param>
    public static string? ErrorOf(int models, IReadOnlyList<double> weights)
        => weights.Count != 0 && weights.Count != models
            ? FormattableString.Invariant($"The ensemble has {weights.Count} weights for {models} models. Give one for each model, the target first, or none.")
            : weights.Count != 0 && (weights[0] <= 0 || weights.Any(w => w < 0 || !double.IsFinite(w)))
            ? "A weight of the ensemble is negative, or the target's is 0. Weights are 0 or more, the target's above 0, for what no source can say is left to it."
            : null;
}
