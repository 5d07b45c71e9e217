using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FuseSharp.Conversations;

/// <summary>A conversation as a text to learn from: every model reads it in its own chat template.</summary>
/// <param name="Messages">Its turns in order; never empty.</param>
public sealed record Conversation(IReadOnlyList<ChatMessage> Messages)
{
    private static readonly JsonWriterOptions _style = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The messages that are learned.</summary>
    /// <param name="turns">Which.</param>
    public IEnumerable<ChatMessage> Learned(LearnedTurns turns) => Messages.Where((_, m) => IsLearned(m, turns));

    /// <summary>Whether a message is learned.</summary>
    /// <param name="message">Its number, 0-based.</param>
    /// <param name="turns">Which are.</param>
    public bool IsLearned(int message, LearnedTurns turns)
        => Messages[message].IsLearnable && (turns == LearnedTurns.All || (Messages[message].IsAnswer && (turns == LearnedTurns.Answers || !Messages.Skip(message + 1).Any(m => m.IsAnswer && m.IsLearnable))));

    /// <summary>Reads what <see cref="ToJson"/> has written.</summary>
    /// <param name="json">An array of messages.</param>
    /// <exception cref="JsonException">It is none.</exception>
    public static Conversation FromJson(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return new([.. document.RootElement.EnumerateArray().Select(Message)]);
        }
        catch (Exception fault) when (fault is InvalidOperationException or KeyNotFoundException)
        {
            throw new JsonException("it is no array of messages with role and content.", fault);
        }
    }

    /// <summary>The messages as a JSON array on one line, in one spelling: equal conversations have equal texts.</summary>
    public string ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, _style))
        {
            json.WriteStartArray();
            foreach (var message in Messages)
            {
                json.WriteStartObject();
                json.WriteString("role", message.Role);
                json.WriteString("content", message.Content);
                foreach (var (name, value) in message.Fields?.OrderBy(f => f.Key, StringComparer.Ordinal) ?? Enumerable.Empty<KeyValuePair<string, JsonElement>>())
                {
                    json.WritePropertyName(name);
                    value.WriteTo(json);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static ChatMessage Message(JsonElement json)
    {
        var fields = json.EnumerateObject().Where(p => p.Name is not ("role" or "content")).ToDictionary(p => p.Name, p => p.Value.Clone(), StringComparer.Ordinal);
        return new(json.GetProperty("role").GetString()!, json.GetProperty("content").GetString()!) { Fields = fields.Count > 0 ? fields : null };
    }
}
