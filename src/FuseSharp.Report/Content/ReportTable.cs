namespace FuseSharp.Report.Content;

/// <summary>A table of a report.</summary>
/// <param name="Caption">What it shows, for readers who do not see it in its place.</param>
/// <param name="Columns">Headings; the first column names the rows, the others hold figures.</param>
/// <param name="Rows">As many cells as columns.</param>
public sealed record ReportTable(string Caption, IReadOnlyList<string> Columns, IReadOnlyList<ReportRow> Rows)
{
    /// <summary>Whether all columns hold words, which are set to the left.</summary>
    public bool IsText { get; init; }
}
