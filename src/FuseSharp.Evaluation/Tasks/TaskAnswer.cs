namespace FuseSharp.Evaluation.Tasks;

/// <summary>What a model said to a question once, before it is scored.</summary>
/// <param name="Task">Name of the task or part.</param>
/// <param name="Row">0-based number of the row in its split.</param>
/// <param name="Index">0-based number of the choice, or of the sample where several are drawn.</param>
/// <param name="Text">What it wrote; null in tasks without.</param>
/// <param name="LogProbability">Of the choice or target, nats; null in tasks without.</param>
/// <param name="IsGreedy">Whether each token of the choice or target is the most likely one.</param>
public sealed record TaskAnswer(string Task, int Row, int Index, string? Text, double? LogProbability, bool IsGreedy);
