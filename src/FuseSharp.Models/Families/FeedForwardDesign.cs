using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>The feed-forward part of a layer.</summary>
/// <param name="Hidden">Width of the states.</param>
/// <param name="Width">Inside it.</param>
/// <param name="Activation">Between its maps.</param>
internal sealed record FeedForwardDesign(int Hidden, int Width, ActivationKind Activation)
{
    /// <summary>What it computes.</summary>
    public FeedForwardKind Kind { get; init; }

    /// <summary>Whether its maps have biases.</summary>
    public bool HasBias { get; init; }

    /// <summary>Experts in its place; null for none.</summary>
    public ExpertsDesign? Experts { get; init; }

    /// <summary>Reads the widths and the activation under the usual keys.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="activation">Where the config names none.</param>
    /// <param name="key">Where it names one.</param>
    public static FeedForwardDesign FromConfig(ModelConfig config, string activation = "silu", string key = "hidden_act")
        => new(config.Number("hidden_size"), config.Number("intermediate_size"), ActivationNames.Read(config, key, activation));
}
