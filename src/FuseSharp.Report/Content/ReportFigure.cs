namespace FuseSharp.Report.Content;

/// <summary>A figure that stands large at the top.</summary>
/// <param name="Value">With its unit.</param>
/// <param name="Meaning">What it says.</param>
public sealed record ReportFigure(string Value, string Meaning);
