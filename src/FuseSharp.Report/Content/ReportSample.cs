namespace FuseSharp.Report.Content;

/// <summary>What several models made of one prompt.</summary>
/// <param name="Prompt">What they went on from.</param>
/// <param name="Answers">Name and continuation of each model.</param>
public sealed record ReportSample(string Prompt, IReadOnlyList<ReportAnswer> Answers);
