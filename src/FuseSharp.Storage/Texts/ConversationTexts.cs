using System.Text;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads conversations from JSON, Parquet and Arrow files, a row at a time.</summary>
internal static class ConversationTexts
{
    // So many rows tell which fields a file of JSON has.
    private const int FirstRows = 50;

    /// <summary>How the rows of a file are read.</summary>
    /// <param name="file">Any text file.</param>
    /// <param name="field">The column that the user names.</param>
    /// <param name="wanted">What the user says.</param>
    /// <returns>Null for plain texts.</returns>
    /// <exception cref="ArtifactException">Several formats fit, or the file is of a kind that holds no conversations.</exception>
    public static ConversationRow? Recognize(string file, string field, TextFormat wanted)
    {
        if (wanted == TextFormat.Text)
        {
            return null;
        }

        ICollection<string>? columns = TextKinds.Recognize(file) switch
        {
            TextKind.JsonLines => FieldsOf(PlainTexts.Lines(file).Where(l => l.Error is null).Select(l => Encoding.UTF8.GetBytes(l.Text))),
            TextKind.Json => JsonLinesTexts.BeginsArray(file) ? FieldsOf(JsonLinesTexts.Items(file)) : FieldsOf(PlainTexts.Lines(file).Where(l => l.Error is null).Select(l => Encoding.UTF8.GetBytes(l.Text))),
            TextKind.Parquet => ParquetTexts.Columns(file),
            TextKind.Arrow => ArrowTexts.Columns(file),
            _ => null,
        };
        return columns is not null ? ConversationFormats.Recognize(file, columns, field, wanted)
            : wanted == TextFormat.Auto ? null
            : throw new ArtifactException($"'{file}' holds no conversations: they are read from JSON, Parquet and Arrow files. Leave out 'format', or name other files.");
    }

    /// <summary>A document for each row.</summary>
    /// <param name="file">A JSON, Parquet or Arrow file.</param>
    /// <param name="row">How its rows are read.</param>
    public static IEnumerable<Document> Read(string file, ConversationRow row)
    {
        string Place(int number) => FormattableString.Invariant($"{file}:row {number + 1}");
        return TextKinds.Recognize(file) switch
        {
            TextKind.Parquet => ParquetTexts.Rows(file).Select((json, i) => row.Read(json, Place(i))),
            TextKind.Arrow => ArrowTexts.Rows(file).Select((json, i) => row.Read(json, Place(i))),
            TextKind.Json when JsonLinesTexts.BeginsArray(file) => JsonLinesTexts.Items(file).Select((json, i) => row.Read(json, Place(i))),
            _ => PlainTexts.Lines(file).Select(l => l.Error is null ? row.Read(Encoding.UTF8.GetBytes(l.Text), l.Place) : new Document("", l.Place) { Error = $"{l.Place} {l.Error}" }),
        };
    }

    private static HashSet<string> FieldsOf(IEnumerable<byte[]> rows) => FieldsOf(rows.Take(FirstRows).Select(Parsed).OfType<JsonElement>());

    private static HashSet<string> FieldsOf(IEnumerable<JsonElement> rows)
        => [.. rows.Take(FirstRows).Where(r => r.ValueKind == JsonValueKind.Object).SelectMany(r => r.EnumerateObject().Select(JsonRows.NameOf)).OfType<string>()];

    private static JsonElement? Parsed(byte[] json)
    {
        try
        {
            return JsonRows.Parse(json);
        }
        catch (JsonException)
        {
            return null; // said where it is read
        }
    }
}
