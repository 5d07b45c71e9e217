using System.Text.Json;

namespace FuseSharp.Serve.Protocol;

/// <summary>Body of <c>POST /v1/completions</c>.</summary>
internal sealed record CompletionRequest : SamplingFields
{
    /// <summary>A text, a list of texts, token ids, or a list of lists of them.</summary>
    public JsonElement? Prompt { get; init; }

    public int? MaxTokens { get; init; }

    public int? Logprobs { get; init; }

    public bool? Echo { get; init; }

    /// <summary>Whether log-probabilities name tokens as <c>token_id:ID</c>, as vLLM does: texts of two tokens may be one.</summary>
    public bool? ReturnTokensAsTokenIds { get; init; }

    public string? Suffix { get; init; }

    public int? BestOf { get; init; }
}
