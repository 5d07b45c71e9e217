using FuseSharp.Conversations;

namespace FuseSharp.Pipeline.Compare;

/// <summary>What models go on from.</summary>
/// <param name="Text">The beginning of a text, or what a user asks.</param>
/// <param name="Asked">The conversation up to the question; null for a plain text.</param>
public sealed record SamplePrompt(string Text, IReadOnlyList<ChatMessage>? Asked = null);
