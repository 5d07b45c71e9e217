namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>A short training, from its own warm-up to the end of its schedule, that a learning rate is judged by.</summary>
/// <param name="LearningRate">The largest of the training.</param>
/// <param name="Steps">Its length.</param>
/// <param name="BitsPerByte">On the validation texts behind it; null where it diverged.</param>
public sealed record RateTrial(double LearningRate, int Steps, double? BitsPerByte);
