using System.ComponentModel.DataAnnotations;

namespace FuseSharp.Models.Layers;

/// <summary>Adapters of LoRA and QLoRA; defaults are the FuseLLM authors' for QLoRA.</summary>
public sealed record LoraOptions
{
    /// <summary>Rank of what is added to a weight. More learns more and takes more memory.</summary>
    [Range(1, 4096)] public int Rank { get; init; } = 64;

    /// <summary>What is added is scaled by alpha / rank.</summary>
    [Range(1e-3, 1e6)] public double Alpha { get; init; } = 16;

    /// <summary>Share of the adapters' inputs that is dropped at random, 0 to below 1.</summary>
    [Range(0.0, 0.99)] public double Dropout { get; init; }

    /// <summary>Last parts of the names of the linear layers that get an adapter, such as q_proj; empty for every linear layer but the head.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = [];

    /// <summary>Whether the result is a whole model with the adapters merged in, rather than an adapter in PEFT's format beside its base. With qlora the two are not quite the same: merged are the weights as NF4 has them, beside which the adapters were trained; an adapter is laid on the base's own, and scores a little differently.</summary>
    public bool Merge { get; init; }
}
