namespace FuseSharp.Pipeline.Train;

/// <summary>One optimizer step as the training log holds it, a JSON object a line.</summary>
/// <param name="Step">1-based.</param>
/// <param name="Loss">Weighted sum of both parts, nats per token.</param>
/// <param name="LanguageModel">Its language-model part.</param>
/// <param name="Fusion">Its fusion part.</param>
/// <param name="LanguageModelWeight">λ.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Tokens">Tokens of this step.</param>
/// <param name="Teachers">For every model the tokens for which it was chosen; empty without fusion.</param>
/// <param name="TokensPerSecond">Of this step.</param>
/// <param name="MemoryBytes">Of the process after the step.</param>
/// <param name="BitsPerByte">On the validation split after the step; null where it was not evaluated.</param>
/// <param name="Time">When it was taken, Unix seconds; set by the log.</param>
public sealed record TrainStep(
    int Step, double Loss, double LanguageModel, double Fusion, double LanguageModelWeight, double LearningRate, double GradientNorm, long Tokens, long[] Teachers,
    double TokensPerSecond, long MemoryBytes, double? BitsPerByte = null, double? Time = null)
{
    /// <summary>Share of the step's time that rank 0 spent on exchanges with the other ranks, waiting for them included, 0–1; null for a single process.</summary>
    public double? ExchangeShare { get; init; }
}
