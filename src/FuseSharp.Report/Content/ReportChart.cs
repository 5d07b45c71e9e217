namespace FuseSharp.Report.Content;

/// <summary>A chart of a report, drawn for wide and for narrow pages.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Description">The same in words with its main numbers, for readers who do not see it.</param>
/// <param name="Wide">SVG.</param>
/// <param name="Narrow">SVG.</param>
public sealed record ReportChart(string Title, string Description, string Wide, string Narrow)
{
    /// <summary>What its colours mean, in order; empty where it has only one.</summary>
    public IReadOnlyList<string> Legend { get; init; } = [];
}
