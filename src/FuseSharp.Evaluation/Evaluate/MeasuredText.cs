using System.Text;
using FuseSharp.Conversations;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Evaluation.Evaluate;

/// <summary>A text whose bits are counted: all of a plain text, of a conversation what is learned of it, given what stands before.</summary>
/// <param name="Text">A plain text, or what is learned of a conversation, message by message.</param>
/// <param name="Conversation">The conversation; null for a plain text.</param>
public sealed record MeasuredText(string Text, Conversation? Conversation = null)
{
    /// <summary>UTF-8 bytes that are counted.</summary>
    public long Bytes => Encoding.UTF8.GetByteCount(Text);

    /// <summary>A piece of a split.</summary>
    /// <param name="piece">Any.</param>
    /// <param name="learned">Which messages of a conversation are learned.</param>
    public static MeasuredText FromPiece(TextPiece piece, LearnedTurns learned = LearnedTurns.Answers)
        => piece.Conversation is null ? new(piece.Text) : FromConversation(piece.Conversation, learned);

    /// <summary>A conversation.</summary>
    /// <param name="conversation">Any.</param>
    /// <param name="learned">Which of its messages are counted.</param>
    public static MeasuredText FromConversation(Conversation conversation, LearnedTurns learned = LearnedTurns.Answers)
        => new(string.Concat(conversation.Learned(learned).Select(m => m.Content)), conversation);
}
