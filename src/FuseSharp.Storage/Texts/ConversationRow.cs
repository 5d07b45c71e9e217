using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads a row of a file as a conversation.</summary>
/// <param name="format">What rows hold.</param>
/// <param name="field">The column of the messages where it has another name than the format's; null for the format's.</param>
internal sealed class ConversationRow(TextFormat format, string? field)
{
    /// <summary>A document of a row.</summary>
    /// <param name="row">The row as a JSON object.</param>
    /// <param name="place">Where it stands.</param>
    public Document Read(JsonElement row, string place)
    {
        try
        {
            var (messages, dropped) = TurnRules.Check(MessagesOf(row));
            var conversation = new Conversation(messages);
            return new(conversation.ToJson(), place) { Conversation = conversation, DroppedTurns = dropped };
        }
        catch (ConversationException fault)
        {
            return new("", place) { Error = $"{place} {fault.Message} Correct or remove the row." };
        }
    }

    /// <summary>The same of a row that is still text.</summary>
    /// <param name="json">The row.</param>
    /// <param name="place">Where it stands.</param>
    public Document Read(ReadOnlyMemory<byte> json, string place)
    {
        try
        {
            return Read(JsonRows.Parse(json), place);
        }
        catch (JsonException fault)
        {
            return new("", place) { Error = $"{place} is not JSON: {LibraryErrors.OneLine(fault)} Expected one JSON object a line." };
        }
    }

    private List<ChatMessage> MessagesOf(JsonElement row)
        => format switch
        {
            TextFormat.Messages => MessageList.Read(Needed(row, field ?? "messages"), field ?? "messages"),
            TextFormat.Sharegpt => WithSystem(row, MessageList.Read(Needed(row, field ?? "conversations"), field ?? "conversations")),
            TextFormat.Alpaca => Alpaca(row),
            TextFormat.PromptCompletion => [.. Turn(row, "prompt", "user"), .. Turn(row, Find(row, "completion") is null && Find(row, "response") is not null ? "response" : "completion", "assistant")],
            _ => Preference(row),
        };

    private static List<ChatMessage> Alpaca(JsonElement row)
    {
        string question = Text(row, "instruction");
        if (Find(row, "input") is not null && Text(row, "input") is { Length: > 0 } input)
        {
            question += (question.Length > 0 ? "\n" : "") + input; // as LLaMA-Factory joins them
        }

        var messages = new List<ChatMessage>();
        if (Find(row, "history") is { } history)
        {
            messages.AddRange(MessageList.Pairs(history));
        }

        messages.Add(Question(question, "instruction"));
        messages.Add(new("assistant", Text(row, "output")));
        return WithSystem(row, messages);
    }

    private static List<ChatMessage> Preference(JsonElement row)
    {
        var chosen = Turn(row, "chosen", "assistant");
        return chosen.Exists(m => m.Role == "user") || Find(row, "prompt") is null ? chosen : [.. Turn(row, "prompt", "user"), .. chosen];
    }

    private static List<ChatMessage> Turn(JsonElement row, string name, string role)
    {
        var value = Needed(row, name);
        return value.ValueKind != JsonValueKind.String ? MessageList.Read(value, name)
            : [role == "user" ? Question(MessageList.TextOf(value, name), name) : new(role, MessageList.TextOf(value, name))];
    }

    private static List<ChatMessage> WithSystem(JsonElement row, List<ChatMessage> messages)
        => Find(row, "system") is { ValueKind: JsonValueKind.String } system && MessageList.TextOf(system, "system") is { Length: > 0 } told && messages is not [{ Role: "system" }, ..]
            ? [new("system", told), .. messages] : messages;

    private static ChatMessage Question(string text, string name)
        => string.IsNullOrWhiteSpace(text) ? throw new ConversationException($"has an empty '{name}'.") : new("user", text);

    private static string Text(JsonElement row, string name)
        => Needed(row, name) is { ValueKind: JsonValueKind.String } text ? MessageList.TextOf(text, name)
            : throw new ConversationException($"has no string in '{name}'.");

    private static JsonElement Needed(JsonElement row, string name)
        => Find(row, name) ?? throw new ConversationException($"lacks '{name}'{(row.ValueKind == JsonValueKind.Object ? "" : ": it is no JSON object")}.");

    private static JsonElement? Find(JsonElement row, string name) => JsonRows.Find(row, name) is { ValueKind: not JsonValueKind.Null } value ? value : null;
}
