using FuseSharp.Conversations;

namespace FuseSharp.Storage.Texts;

/// <summary>What every conversation to learn from keeps to, whatever template reads it.</summary>
internal static class TurnRules
{
    /// <summary>Checks messages, and leaves out what follows the last answer.</summary>
    /// <param name="messages">Any.</param>
    /// <returns>The messages up to the last answer, and how many turns without an answer stood behind it.</returns>
    /// <exception cref="ConversationException">There is no answer, or an empty one; two turns of one role follow each other.</exception>
    public static (List<ChatMessage> Messages, int Dropped) Check(List<ChatMessage> messages)
    {
        for (int i = 1; i < messages.Count; i++)
        {
            if (messages[i].Role == messages[i - 1].Role && messages[i].Role != "tool") // several tools may have been asked
            {
                throw new ConversationException(FormattableString.Invariant($"has two turns of {messages[i].Role} in a row, messages {i} and {i + 1}."));
            }
        }

        int last = messages.FindLastIndex(m => m.IsAnswer);
        if (last < 0)
        {
            throw new ConversationException(messages.Count == 0 ? "holds no message." : "holds no answer: nothing is to be learned from it.");
        }

        if (!messages.Exists(m => m.IsAnswer && m.IsLearnable))
        {
            throw new ConversationException("marks every answer as not to be learned (weight 0, or train false).");
        }

        int empty = messages.FindIndex(m => m.IsAnswer && string.IsNullOrWhiteSpace(m.Content) && !MessageList.IsCall(m.Fields));
        return empty < 0 ? (messages[..(last + 1)], last + 1 < messages.Count ? Math.Max(1, messages.Skip(last + 1).Count(m => m.Role == "user")) : 0)
            : throw new ConversationException(FormattableString.Invariant($"has an empty answer, message {empty + 1}."));
    }
}
