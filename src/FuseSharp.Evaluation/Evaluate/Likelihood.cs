namespace FuseSharp.Evaluation.Evaluate;

/// <summary>How likely a continuation is.</summary>
/// <param name="LogProbability">Sum over its tokens, nats.</param>
/// <param name="IsGreedy">Whether each of its tokens is the most likely one.</param>
public readonly record struct Likelihood(double LogProbability, bool IsGreedy);
