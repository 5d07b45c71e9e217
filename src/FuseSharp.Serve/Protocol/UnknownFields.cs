using System.Text.Json;

namespace FuseSharp.Serve.Protocol;

/// <summary>Refuses what a request asks for and nobody reads: the answer would be another than the client believes.</summary>
internal static class UnknownFields
{
    // They change nothing in an answer: who asks, where it is billed or stored, how it is cached; tools' fields where there are no tools.
    private static readonly HashSet<string> _harmless = new(StringComparer.Ordinal)
    {
        "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "cache_prompt", "priority", "request_id",
        "parallel_tool_calls", "tool_choice", "function_call", "keep_alive", "id_slot",
    };

    // What is done here always, as other servers do unless they are told otherwise: false asks for another answer.
    private static readonly HashSet<string> _alwaysOn = new(StringComparer.Ordinal)
    {
        "add_special_tokens", "skip_special_tokens", "spaces_between_special_tokens", "add_generation_prompt", "detokenize", "do_sample",
    };

    /// <exception cref="ApiException">One asks for something.</exception>
    public static void Check(IReadOnlyDictionary<string, JsonElement>? fields)
    {
        foreach (var (name, value) in fields ?? new Dictionary<string, JsonElement>())
        {
            if (_alwaysOn.Contains(name) ? value.ValueKind is not (JsonValueKind.True or JsonValueKind.Null) : !_harmless.Contains(name) && !AsksForNothing(value))
            {
                throw new ApiException(400, $"'{name}' is not supported.", name, "unsupported_parameter");
            }
        }
    }

    private static bool AsksForNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False or JsonValueKind.Undefined => true,
        JsonValueKind.String => value.ValueEquals(""),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
