using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads lists of messages: <c>role</c> and <c>content</c>, or <c>from</c> and <c>value</c>; contents as strings or as lists of text parts.</summary>
internal static class MessageList
{
    private static readonly Dictionary<string, string> _roles = new(StringComparer.Ordinal)
    {
        ["system"] = "system",
        ["developer"] = "developer",
        ["user"] = "user",
        ["human"] = "user",
        ["assistant"] = "assistant",
        ["gpt"] = "assistant",
        ["chatgpt"] = "assistant",
        ["model"] = "assistant",
        ["tool"] = "tool",
    };

    /// <summary>The messages of a column.</summary>
    /// <param name="value">A list, or a string that holds one as JSON.</param>
    /// <param name="name">The column's, for messages.</param>
    public static List<ChatMessage> Read(JsonElement value, string name)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            try
            {
                value = JsonRows.Parse(Encoding.UTF8.GetBytes(TextOf(value, name)));
            }
            catch (JsonException)
            {
                throw new ConversationException($"has a string in '{name}' that holds no JSON.");
            }
        }

        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select((m, i) => Message(m, i + 1))]
            : throw new ConversationException($"has no list of messages in '{name}'.");
    }

    /// <summary>Questions and answers before the last one, as Alpaca's <c>history</c> has them.</summary>
    public static IEnumerable<ChatMessage> Pairs(JsonElement history)
    {
        if (history.ValueKind != JsonValueKind.Array)
        {
            throw new ConversationException("has no list in 'history'.");
        }

        foreach (var pair in history.EnumerateArray())
        {
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2 || pair.EnumerateArray().Any(p => p.ValueKind != JsonValueKind.String))
            {
                throw new ConversationException("has something else in 'history' than pairs of a question and an answer.");
            }

            yield return new("user", TextOf(pair[0], "history"));
            yield return new("assistant", TextOf(pair[1], "history"));
        }
    }

    /// <summary>A string.</summary>
    /// <exception cref="ConversationException">It is no Unicode.</exception>
    public static string TextOf(JsonElement value, string name)
        => JsonRows.TextOf(value) ?? throw new ConversationException($"holds a string in '{name}' that is not Unicode (half a surrogate pair).");

    private static ChatMessage Message(JsonElement json, int number)
    {
        string role = Find(json, "role", "from") is { ValueKind: JsonValueKind.String } named ? TextOf(named, "role") : throw Error(number, "has no role");
        if (!_roles.TryGetValue(role, out string? known))
        {
            throw Error(number, $"has the unknown role '{LibraryErrors.OneLine(role.Length > 50 ? role[..50] + "…" : role)}'; known are {string.Join(", ", _roles.Keys)}");
        }

        Dictionary<string, JsonElement>? fields = null;
        foreach (var property in json.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Null && JsonRows.NameOf(property) is { } name && IsRead(name) && !IsEmptyList(property.Value) && SaysSomething(name, property.Value, number))
            {
                fields ??= new(StringComparer.Ordinal);
                fields[name] = IsWritable(property.Value) ? property.Value.Clone()
                    : throw Error(number, $"holds in '{name}' a string that is not Unicode (half a surrogate pair), or a number that is not finite");
            }
        }

        string content = Find(json, "content", "value") is { } value ? Content(value, number)
            : IsCall(fields) ? "" : throw Error(number, "has no content");
        return new(known, content) { Fields = fields };
    }

    // What templates read beside role and content, and what says that a message is not learned. Others, such as ids, say nothing of what was said.
    private static bool IsRead(string name) => name is "reasoning_content" or "thinking" or "tool_calls" or "tool_call_id" or "name" or "weight" or "train" or "training";

    // A weight of 1 does not.
    private static bool SaysSomething(string name, JsonElement value, int number)
        => name == "weight" ? value.ValueKind == JsonValueKind.Number && value.GetDouble() is 0 or 1 ? value.GetDouble() == 0 : throw Error(number, "has a weight other than 0 and 1")
            : name is not ("train" or "training") || (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.ValueKind == JsonValueKind.False : throw Error(number, $"has '{name}' that is neither true nor false"));

    /// <summary>Whether a message with these fields calls tools, so that it may say nothing else.</summary>
    public static bool IsCall(IReadOnlyDictionary<string, JsonElement>? fields) => fields is not null && fields.TryGetValue("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array;

    // As Parquet writes calls that a message does not have.
    private static bool IsEmptyList(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;

    // What no JSON can be made of again. Names and strings are looked at only where something in them is escaped, or is no UTF-8.
    private static bool IsWritable(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        if (!raw.Contains((byte)'\\') && Utf8.IsValid(raw))
        {
            return true;
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => JsonRows.TextOf(value) is not null,
            JsonValueKind.Array => value.EnumerateArray().All(IsWritable),
            JsonValueKind.Object => value.EnumerateObject().All(p => JsonRows.NameOf(p) is { } name && name != JsonRows.Unreadable && IsWritable(p.Value)),
            _ => true,
        };
    }

    private static string Content(JsonElement value, int number)
        => value.ValueKind switch
        {
            JsonValueKind.String => TextOf(value, "content"),
            JsonValueKind.Array => string.Concat(value.EnumerateArray().Select(p => Part(p, number))),
            _ => throw Error(number, "has a content that is neither a string nor a list of text parts"),
        };

    private static string Part(JsonElement part, int number)
        => part.ValueKind == JsonValueKind.String ? TextOf(part, "content")
            : Find(part, "text") is { ValueKind: JsonValueKind.String } text && (Find(part, "type") is not { } type || (type.ValueKind == JsonValueKind.String && JsonRows.TextOf(type) == "text"))
            ? TextOf(text, "content")
            : throw Error(number, "has a part that is no text");

    private static JsonElement? Find(JsonElement owner, string name, string other) => Find(owner, name) ?? Find(owner, other);

    private static JsonElement? Find(JsonElement owner, string name) => JsonRows.Field(owner, name) is { ValueKind: not JsonValueKind.Null } value ? value : null;

    private static ConversationException Error(int number, string what) => new(FormattableString.Invariant($"has a message {number} that {what}."));
}
