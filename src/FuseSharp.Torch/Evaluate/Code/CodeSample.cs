namespace FuseSharp.Torch.Evaluate.Code;

/// <summary>A program that a model wrote, and how it ended.</summary>
/// <param name="Problem">Name of the problem.</param>
/// <param name="Language">MultiPL-E's name.</param>
/// <param name="Sample">0-based number of the program among those of its problem.</param>
/// <param name="Completion">What the model wrote.</param>
/// <param name="Passed">Whether the tests passed.</param>
/// <param name="ExitCode">Null where its time was up.</param>
/// <param name="Output">The beginning of what it wrote.</param>
public sealed record CodeSample(string Problem, string Language, int Sample, string Completion, bool Passed, int? ExitCode, string Output);
