using FuseSharp.Conversations;

namespace FuseSharp.Storage.Texts;

/// <summary>One text as a user gave it.</summary>
/// <param name="Text">The text; of a conversation its messages as JSON (<see cref="FuseSharp.Conversations.Conversation.ToJson"/>); empty only where there is an <see cref="Error"/>.</param>
/// <param name="Place">Where it stands, for messages: a path, with a line or row number behind it where a file holds several.</param>
public sealed record Document(string Text, string Place)
{
    /// <summary>The turns, where the text is a conversation; null for a plain text.</summary>
    public Conversation? Conversation { get; init; }

    /// <summary>What it is about, where several documents may be about the same, which then fall into the same <see cref="TextPart"/>; null where the text alone decides.</summary>
    public string? Subject { get; init; }

    /// <summary>Turns at a conversation's end that have no answer and were left out.</summary>
    public int DroppedTurns { get; init; }

    /// <summary>Why it cannot be used, with its place and the remedy; null where it can.</summary>
    public string? Error { get; init; }
}
