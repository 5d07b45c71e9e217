namespace FuseSharp.Evaluation.Tasks;

/// <summary>A continuation and how likely a model finds it.</summary>
/// <param name="Text">The continuation.</param>
/// <param name="LogProbability">Sum over its tokens, nats.</param>
public sealed record ChoiceLikelihood(string Text, double LogProbability);
