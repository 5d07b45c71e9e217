namespace FuseSharp.Core.Evaluate;

/// <summary>What a model is asked.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsConversation">Whether it is what the user of a conversation says, which the model's chat template writes, or a text that the model goes on from.</param>
public readonly record struct TaskPrompt(string Text, bool IsConversation);
