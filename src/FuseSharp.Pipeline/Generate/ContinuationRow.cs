using FuseSharp.Conversations;
using FuseSharp.Models.Generate;


namespace FuseSharp.Pipeline.Generate;

/// <summary>A line of a file of continuations.</summary>
/// <param name="Index">0-based place of the prompt in its file.</param>
/// <param name="Prompt">As it was given; null for a conversation.</param>
/// <param name="Messages">As they were given; null for a plain prompt.</param>
/// <param name="Text">What the model wrote.</param>
/// <param name="Tokens">How many tokens that took.</param>
/// <param name="Finish">Why it ended.</param>
internal sealed record ContinuationRow(int Index, string? Prompt, IReadOnlyList<ChatMessage>? Messages, string Text, int Tokens, FinishReason Finish);
