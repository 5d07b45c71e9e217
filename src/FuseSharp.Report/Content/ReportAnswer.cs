namespace FuseSharp.Report.Content;

/// <summary>What one model wrote.</summary>
/// <param name="Model">Its name in tables.</param>
/// <param name="Text">Without the prompt.</param>
/// <param name="IsMain">Whether it is the fused model.</param>
public sealed record ReportAnswer(string Model, string Text, bool IsMain);
