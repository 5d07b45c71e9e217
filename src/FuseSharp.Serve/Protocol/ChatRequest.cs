using System.Text.Json;

namespace FuseSharp.Serve.Protocol;

/// <summary>Body of <c>POST /v1/chat/completions</c>.</summary>
internal sealed record ChatRequest : SamplingFields
{
    public IReadOnlyList<ChatRequestMessage>? Messages { get; init; }

    public int? MaxTokens { get; init; }

    public int? MaxCompletionTokens { get; init; }

    public bool? Logprobs { get; init; }

    public int? TopLogprobs { get; init; }

    public JsonElement? Tools { get; init; }

    public JsonElement? ResponseFormat { get; init; }
}

/// <summary>A message of a request.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">A text or a list of parts.</param>
internal sealed record ChatRequestMessage(string? Role, JsonElement? Content);
