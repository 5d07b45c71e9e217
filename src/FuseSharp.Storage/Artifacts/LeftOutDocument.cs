namespace FuseSharp.Storage.Artifacts;

/// <summary>A document that <c>store.skip_bad_documents</c> left out.</summary>
/// <param name="Number">0-based number of the document, by which later stages leave it out for every model; −1 for a text that never became one.</param>
/// <param name="Piece">0-based number of the piece in the document: of a document that was cut, only this piece is left out.</param>
/// <param name="Place">Where it stands: file and line, or domain and number.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record LeftOutDocument(int Number, int Piece, string Place, string Reason);
