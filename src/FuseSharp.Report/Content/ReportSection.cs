namespace FuseSharp.Report.Content;

/// <summary>A part of a report. Page and Markdown show the same parts; nothing here is markup but the charts' SVG.</summary>
/// <param name="Id">Its anchor.</param>
/// <param name="Title">Its heading.</param>
public sealed record ReportSection(string Id, string Title)
{
    /// <summary>What it says, a paragraph each.</summary>
    public IReadOnlyList<string> Paragraphs { get; init; } = [];

    /// <summary>Its charts.</summary>
    public IReadOnlyList<ReportChart> Charts { get; init; } = [];

    /// <summary>Its tables.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    /// <summary>Texts side by side.</summary>
    public IReadOnlyList<ReportSample> Samples { get; init; } = [];

    /// <summary>A file's text.</summary>
    public string? Code { get; init; }

    /// <summary>What the run lacks and would stand here, with what makes it.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];
}
