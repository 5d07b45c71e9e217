using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads a row of a file as a conversation.</summary>
/// <param name="format">What rows hold.</param>
/// <param name="column">The column of the messages; of formats with several columns that of the answer.</param>
internal sealed class ConversationRow(TextFormat format, string column)
{
    /// <summary>A document of a row.</summary>
    /// <param name="row">The row as a JSON object.</param>
    /// <param name="place">Where it stands.</param>
    public Document Read(JsonElement row, string place)
    {
        try
        {
            if (HasTools(row))
            {
                throw new ConversationException("has tools, which chat templates are not given here: the conversation would be learned without them.");
            }

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

    // As a list, or written out in a text.
    private static bool HasTools(JsonElement row) => Find(row, "tools") is { } tools && tools.ValueKind switch
    {
        JsonValueKind.Array => tools.GetArrayLength() > 0,
        JsonValueKind.String => JsonRows.TextOf(tools) is not (null or "" or "[]"),
        _ => false,
    };

    private List<ChatMessage> MessagesOf(JsonElement row)
        => WithSystem(row, format switch
        {
            TextFormat.Messages or TextFormat.Sharegpt => MessageList.Read(Needed(row, column), column),
            TextFormat.Alpaca => Alpaca(row),
            TextFormat.PromptCompletion => [.. Turn(row, "prompt", "user"), .. Turn(row, column, "assistant")],
            _ => Preference(row),
        });

    private List<ChatMessage> Alpaca(JsonElement row)
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
        messages.Add(new("assistant", Text(row, column)));
        return messages;
    }

    // The chosen turns hold the question, or follow the prompt's. A string is an answer, never a whole conversation.
    private List<ChatMessage> Preference(JsonElement row)
    {
        var chosen = Turn(row, column, "assistant");
        if (!chosen.Exists(m => m.Role == "user") || chosen[0].IsAnswer)
        {
            return [.. Turn(row, "prompt", "user"), .. chosen];
        }

        return Find(row, "prompt") is { ValueKind: JsonValueKind.Array } list && MessageList.Read(list, "prompt") is [{ Role: "system" } system, ..] && chosen[0].Role != "system"
            ? [system, .. chosen] : chosen;
    }

    private static List<ChatMessage> Turn(JsonElement row, string name, string role)
    {
        var value = Needed(row, name);
        return value.ValueKind != JsonValueKind.String ? MessageList.Read(value, name)
            : [role == "user" ? Question(MessageList.TextOf(value, name), name) : new(role, MessageList.TextOf(value, name))];
    }

    // A column beside the turns, as axolotl and LLaMA-Factory read it.
    private static List<ChatMessage> WithSystem(JsonElement row, List<ChatMessage> messages)
    {
        if (Find(row, "system") is not { } column || Text("system", column) is not { Length: > 0 } told)
        {
            return messages;
        }

        return messages is not [{ Role: "system" } first, ..] ? [new("system", told), .. messages]
            : first.Content == told ? messages
            : throw new ConversationException("has a system message in 'system' and another one in its turns.");
    }

    private static ChatMessage Question(string text, string name)
        => string.IsNullOrWhiteSpace(text) ? throw new ConversationException($"has an empty '{name}'.") : new("user", text);

    private static string Text(JsonElement row, string name) => Text(name, Needed(row, name));

    private static string Text(string name, JsonElement value)
        => value.ValueKind == JsonValueKind.String ? MessageList.TextOf(value, name) : throw new ConversationException($"has no string in '{name}'.");

    private static JsonElement Needed(JsonElement row, string name)
        => Find(row, name) ?? throw new ConversationException($"lacks '{name}'{(row.ValueKind == JsonValueKind.Object ? "" : ": it is no JSON object")}.");

    private static JsonElement? Find(JsonElement row, string name) => JsonRows.Find(row, name) is { ValueKind: not JsonValueKind.Null } value ? value : null;
}
