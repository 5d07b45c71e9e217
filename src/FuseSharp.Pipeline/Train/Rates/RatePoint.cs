namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>A step of a range test.</summary>
/// <param name="LearningRate">Of the step.</param>
/// <param name="Loss">Before the step, nats per token of the same blocks at every step.</param>
public sealed record RatePoint(double LearningRate, double Loss);
