namespace FuseSharp.Tokenizers.Chat;

/// <summary>A turn of a conversation.</summary>
/// <param name="Role">Such as <c>system</c>, <c>user</c> or <c>assistant</c>; templates refuse roles that they do not know.</param>
/// <param name="Content">What was said.</param>
public sealed record ChatMessage(string Role, string Content);
