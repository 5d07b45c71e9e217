using FuseSharp.Pipeline.Compare;

namespace FuseSharp.Pipeline;

/// <summary>What a run came to.</summary>
/// <param name="Models">The fused model's folder, as Hugging Face has them, for each seed; without fusion the trained model's.</param>
/// <param name="Table">Bits per byte of all that were compared.</param>
/// <param name="Verdict">Whether fusion helped, and why; null where nothing was fused.</param>
public sealed record FusionResult(IReadOnlyList<string> Models, ComparisonTable Table, FusionVerdict? Verdict)
{
    /// <summary>The recipe's prompt and what the first model makes of it; null where the recipe has none.</summary>
    public string? Sample { get; init; }
}
