using System.Text.Json;

namespace FuseSharp.Core.Texts;

/// <summary>Reads one field of JSON Lines, an object a line.</summary>
internal static class JsonLinesTexts
{
    public static IEnumerable<Document> Read(string file, string field)
    {
        foreach (var (json, fault, place) in PlainTexts.Lines(file))
        {
            var (text, reason) = fault is null ? FieldOf(json, field) : ("", fault);
            yield return new Document(text, place) { Fault = reason is null ? null : $"{place} {reason}" };
        }
    }

    private static (string Text, string? Fault) FieldOf(string json, string field)
    {
        try
        {
            using var row = JsonDocument.Parse(json);
            return row.RootElement.ValueKind == JsonValueKind.Object && row.RootElement.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
                ? (value.GetString()!, null)
                : ("", $"has no text in a field '{field}'. Name the field that holds the text with 'field' in the recipe or --field.");
        }
        catch (JsonException fault)
        {
            return ("", $"is not JSON: {fault.Message} Expected one JSON object a line.");
        }
        catch (InvalidOperationException)
        {
            return ("", "holds a string that is not Unicode (half a surrogate pair). Correct or remove the line.");
        }
    }
}
