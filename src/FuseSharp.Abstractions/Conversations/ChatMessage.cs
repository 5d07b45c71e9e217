using System.Text.Json;

namespace FuseSharp.Conversations;

/// <summary>A turn of a conversation.</summary>
/// <param name="Role">Such as <c>system</c>, <c>user</c> or <c>assistant</c>; templates refuse roles that they do not know.</param>
/// <param name="Content">What was said; empty where the turn holds nothing but <see cref="Fields"/>.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>Whether it is an answer of the model.</summary>
    public bool IsAnswer => Role == "assistant";

    /// <summary>Whether it may be learned: OpenAI's <c>weight</c> 0 and axolotl's <c>train</c> or <c>training</c> false say that it is only read.</summary>
    public bool IsLearnable => Fields is null || !Fields.Any(f => f.Key == "weight" ? f.Value.ValueKind == JsonValueKind.Number && f.Value.GetDouble() == 0 : f.Key is "train" or "training" && f.Value.ValueKind == JsonValueKind.False);

    /// <summary>What else a template may read of it, such as <c>reasoning_content</c> or <c>tool_calls</c>; null for nothing.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Fields { get; init; }
}
