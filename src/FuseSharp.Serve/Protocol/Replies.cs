using System.Text.Json.Serialization;

namespace FuseSharp.Serve.Protocol;

/// <summary>An answer or a streamed piece of one. Names of members are OpenAI's.</summary>
internal sealed record Reply<TChoice>(string Id, string Object, long Created, string Model, IReadOnlyList<TChoice> Choices)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UsageReply? Usage { get; init; }
}

/// <summary>Counted tokens.</summary>
internal sealed record UsageReply(int PromptTokens, int CompletionTokens)
{
    public int TotalTokens => PromptTokens + CompletionTokens;
}

/// <summary>A continuation of <c>/v1/completions</c>.</summary>
internal sealed record CompletionChoice(int Index, string Text, TokensReply? Logprobs, string? FinishReason);

/// <summary>Log-probabilities of <c>/v1/completions</c>; null at a text's first token, for which nothing stands before.</summary>
internal sealed record TokensReply(List<string> Tokens, List<double?> TokenLogprobs, List<Dictionary<string, double>?> TopLogprobs, List<int> TextOffset);

/// <summary>An answer of <c>/v1/chat/completions</c>.</summary>
internal sealed record ChatChoice(int Index, MessageReply Message, ChatTokensReply? Logprobs, string? FinishReason);

/// <summary>A streamed piece of an answer.</summary>
internal sealed record ChatChunkChoice(int Index, DeltaReply Delta, ChatTokensReply? Logprobs, string? FinishReason);

/// <summary>What the model says.</summary>
internal sealed record MessageReply(string Role, string Content, string? Refusal = null);

/// <summary>What is new.</summary>
internal sealed record DeltaReply(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content);

/// <summary>Log-probabilities of <c>/v1/chat/completions</c>.</summary>
internal sealed record ChatTokensReply(IReadOnlyList<ChatTokenReply> Content);

/// <summary>A token of an answer.</summary>
internal sealed record ChatTokenReply(string Token, double Logprob, int[] Bytes, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ChatTokenReply>? TopLogprobs);
