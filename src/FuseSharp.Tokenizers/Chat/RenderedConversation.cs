namespace FuseSharp.Tokenizers.Chat;

/// <summary>A conversation as a template writes it.</summary>
/// <param name="Text">The text.</param>
/// <param name="Contents">Where each message's content stands in it.</param>
public sealed record RenderedConversation(string Text, IReadOnlyList<ContentPlace> Contents);
