using FuseSharp.Conversations;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Fusion.Records;

/// <summary>A piece of a document that fits every model's context: all of a short document.</summary>
/// <param name="Id">Which document, and which piece of it.</param>
/// <param name="EndsDocument">Whether the document ends with it: only then does an end-of-text token follow.</param>
/// <param name="Domain">The group of texts that it came from.</param>
/// <param name="Text">Never empty; of a conversation its messages as JSON.</param>
/// <param name="Conversation">The turns, where the piece is a conversation; null for a plain text.</param>
public sealed record TextPiece(PieceId Id, bool EndsDocument, string Domain, string Text, Conversation? Conversation = null);
