using FuseSharp.Conversations;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Fusion.Split;

/// <summary>Shortens conversations to what every model can read: the oldest turns go first, the system message stays, and no message is cut.</summary>
/// <param name="encoders">Of all models.</param>
/// <param name="maxLength">Longest sequence in any model's tokens.</param>
internal sealed class ConversationCutter(IReadOnlyList<PieceEncoder> encoders, int maxLength)
{
    /// <summary>The newest turns of a conversation that fit.</summary>
    /// <param name="conversation">Any.</param>
    /// <returns>The conversation itself where it fits; null where even its last turn does not.</returns>
    /// <exception cref="Errors.ModelException">A template refuses it, or alters its answers.</exception>
    public Conversation? Cut(Conversation conversation)
    {
        while (encoders.Any(e => e.Encode(conversation).Count > maxLength))
        {
            if (WithoutOldestTurn(conversation) is not { } shorter)
            {
                return null;
            }

            conversation = shorter;
        }

        return conversation;
    }

    // A turn goes from what a user says to what is said before the next user speaks.
    private static Conversation? WithoutOldestTurn(Conversation conversation)
    {
        var messages = conversation.Messages;
        int first = messages.TakeWhile(m => m.Role is "system" or "developer").Count();
        int next = Enumerable.Range(first + 1, Math.Max(0, messages.Count - first - 1)).FirstOrDefault(i => messages[i].Role == "user", -1);
        return next < 0 ? null : new([.. messages.Take(first), .. messages.Skip(next)]);
    }
}
