using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Tokenizers.Jinja;

namespace FuseSharp.Tokenizers.Chat;

/// <summary>Messages and JSON as values of templates.</summary>
internal static class TemplateMessage
{
    // The two names that templates have for one thing: transformers 5 gives a message both.
    private const string Reasoning = "reasoning_content";
    private const string Thinking = "thinking";

    /// <summary>A message as a mapping.</summary>
    public static TemplateMapping FromMessage(ChatMessage message)
    {
        var mapping = new TemplateMapping { ["role"] = message.Role, ["content"] = message.Content };
        foreach (var (name, value) in message.Fields ?? new Dictionary<string, JsonElement>())
        {
            mapping[name] = Value(value);
        }

        if (mapping.TryGetValue(Reasoning, out object? reasoning))
        {
            mapping.TryAdd(Thinking, reasoning);
        }
        else if (mapping.TryGetValue(Thinking, out object? thinking))
        {
            mapping[Reasoning] = thinking;
        }

        return mapping;
    }

    /// <summary>A JSON value as templates have it.</summary>
    public static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number => json.TryGetInt64(out long whole) ? (object)whole : json.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => json.EnumerateArray().Select(Value).ToList(),
        JsonValueKind.Object => Mapping(json),
        _ => null,
    };

    private static TemplateMapping Mapping(JsonElement json)
    {
        var mapping = new TemplateMapping();
        foreach (var property in json.EnumerateObject())
        {
            mapping[property.Name] = Value(property.Value);
        }

        return mapping;
    }
}
