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
        if (Fits(conversation))
        {
            return conversation;
        }

        // A turn goes from what a user says to what is said before the next user speaks; fewer turns are fewer tokens.
        var messages = conversation.Messages;
        int first = messages.TakeWhile(m => m.Role is "system" or "developer").Count();
        int[] begins = [.. Enumerable.Range(first, messages.Count - first).Skip(1).Where(i => messages[i].Role == "user")];
        Conversation From(int turn) => new([.. messages.Take(first), .. messages.Skip(begins[turn])]);
        (int fewest, int most) = (0, begins.Length); // of the turns from which on it may fit
        while (fewest < most)
        {
            int middle = (fewest + most) / 2;
            (fewest, most) = Fits(From(middle)) ? (fewest, middle) : (middle + 1, most);
        }

        return fewest < begins.Length ? From(fewest) : null;
    }

    private bool Fits(Conversation conversation) => encoders.All(e => e.Encode(conversation).Count <= maxLength);
}
