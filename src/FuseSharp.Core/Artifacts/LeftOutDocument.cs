namespace FuseSharp.Core.Artifacts;

/// <summary>A document that <c>--skip-bad-documents</c> left out.</summary>
/// <param name="Number">0-based number of the text block, by which later stages leave it out for every model; −1 for a text that never became a block.</param>
/// <param name="Place">Where it stands: file and line, or domain and number.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record LeftOutDocument(int Number, string Place, string Reason);
