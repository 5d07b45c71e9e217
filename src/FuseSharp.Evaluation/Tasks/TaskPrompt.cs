using FuseSharp.Conversations;
using FuseSharp.Tokenizers.Chat;


namespace FuseSharp.Evaluation.Tasks;

/// <summary>What a model is asked.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsConversation">Whether it is what the user of a conversation says, which the model's chat template writes, or a text that the model goes on from.</param>
public readonly record struct TaskPrompt(string Text, bool IsConversation)
{
    /// <summary>All that a model reads of it.</summary>
    /// <param name="template">The model's; not null for a conversation.</param>
    public string For(ChatTemplate? template) => IsConversation ? template!.Render([new ChatMessage("user", Text)]) : Text;
}
