namespace FuseSharp.Models.Configuration;

/// <summary>What a family takes where its config says nothing of rotary positions, and how its code reads what it says.</summary>
/// <param name="Theta">Base of the frequencies.</param>
internal sealed record RotaryDefaults(double Theta = 10000)
{
    /// <summary>Share of each head that turns; null where the family's code turns whole heads only, so that another share is refused.</summary>
    public double? Share { get; init; }

    /// <summary>Whether neighbours (2i, 2i + 1) are a pair rather than numbers half the turning size apart.</summary>
    public bool IsInterleaved { get; init; }

    /// <summary>Kind of the layers, as <c>rope_parameters</c> of transformers 5 names it, in families that have settings for each kind; else null.</summary>
    public string? LayerKind { get; init; }

    /// <summary>Key of this kind's base in files of transformers 4.</summary>
    public string ThetaKey { get; init; } = "rope_theta";

    /// <summary>Whether this kind of layer has the scaling that files of transformers 4 name.</summary>
    public bool HasScaling { get; init; } = true;

    /// <summary>Whether the old types <c>su</c> and <c>yarn</c> mean longrope (Phi 3).</summary>
    public bool IsPhi { get; init; }

    /// <summary>What the family takes for <c>original_max_position_embeddings</c> beside the settings, where a config has none there; null for nothing.</summary>
    public int? TrainedLength { get; init; }

    /// <summary>The settings of a config that has none, JSON; null for plain positions.</summary>
    public string? Settings { get; init; }
}
