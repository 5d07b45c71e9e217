using FuseSharp.Pipeline.Compare;

namespace FuseSharp.Pipeline;

/// <summary>What a run came to.</summary>
/// <param name="Models">The fused model's folder, as Hugging Face has them, for each seed; without fusion the trained model's.</param>
/// <param name="Table">Bits per byte of all that were compared.</param>
/// <param name="Verdict">Whether fusion helped, in a sentence or two; null where the run cannot tell.</param>
public sealed record FusionResult(IReadOnlyList<string> Models, ComparisonTable Table, string? Verdict)
{
    /// <summary>The recipe's prompt and what the first model makes of it; null where the recipe has none.</summary>
    public string? Sample { get; init; }
}
