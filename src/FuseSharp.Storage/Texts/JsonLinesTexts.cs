using System.Text;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads one field of JSON: an object a line, or one array of objects.</summary>
public static class JsonLinesTexts
{
    // One array is in memory as a whole.
    private const long LargestArray = 256L << 20;

    /// <summary>An object a line.</summary>
    public static IEnumerable<Document> Read(string file, string field)
    {
        foreach (var (json, fault, place) in PlainTexts.Lines(file))
        {
            var (text, reason) = fault is null ? FieldOf(json, field) : ("", fault);
            yield return Of(text, reason, place);
        }
    }

    /// <summary>An array of objects, or an object a line: whichever the file begins with.</summary>
    public static IEnumerable<Document> ReadWhole(string file, string field)
        => BeginsArray(file) ? Items(file).Select((row, i) => FormattableString.Invariant($"{file}:row {i + 1}") is var place && FieldOf(row, field) is var (text, fault) ? Of(text, fault, place) : null!)
            : Read(file, field);

    /// <summary>The objects of a file of one array.</summary>
    /// <exception cref="ArtifactException">It is no array, or too large.</exception>
    public static List<JsonElement> Items(string file)
    {
        var root = Whole(file);
        return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : throw new ArtifactException($"'{file}' holds no JSON array. Write it as .jsonl, an object a line.");
    }

    /// <summary>A file of one JSON value.</summary>
    public static JsonElement Whole(string file)
    {
        using var stream = TextStream.Open(file);
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > LargestArray)
            {
                throw new ArtifactException($"'{file}' is larger than {LargestArray >> 20} MB, the most that is read as one JSON value. Write it as .jsonl.");
            }
        }

        var json = bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
        return LibraryErrors.Guard(
            () => JsonRows.Parse(json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json),
            (reason, fault) => new ArtifactException($"'{file}' is not JSON: {reason} Get the file again.", fault));
    }

    /// <summary>Whether a file's first sign opens an array.</summary>
    public static bool BeginsArray(string file)
    {
        using var stream = TextStream.Open(file);
        byte[] start = new byte[4096];
        int count = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        var text = start.AsSpan(0, count);
        text = (text.StartsWith("\uFEFF"u8) ? text[3..] : text).TrimStart(" \t\r\n"u8);
        return text is [(byte)'[', ..];
    }

    private static string Names(JsonElement row)
        => row.ValueKind != JsonValueKind.Object ? "" : $"; it has {string.Join(", ", row.EnumerateObject().Take(20).Select(p => JsonRows.NameOf(p) is { } name ? $"'{LibraryErrors.OneLine(name.Length > 50 ? name[..50] + "…" : name)}'" : "?"))}";

    private static Document Of(string text, string? fault, string place) => new(text, place) { Error = fault is null ? null : $"{place} {fault}" };

    private static (string Text, string? Error) FieldOf(string json, string field)
    {
        try
        {
            return FieldOf(JsonRows.Parse(Encoding.UTF8.GetBytes(json)), field);
        }
        catch (JsonException fault)
        {
            return ("", $"is not JSON: {LibraryErrors.OneLine(fault)} Expected one JSON object a line.");
        }
    }

    private static (string Text, string? Error) FieldOf(JsonElement row, string field)
        => JsonRows.Find(row, field) is not { ValueKind: JsonValueKind.String } value ? ("", $"has no text in a field '{field}'{Names(row)}. Name the field that holds the text with 'field', or what rows hold with 'format'.")
            : JsonRows.TextOf(value) is { } text ? (text, null)
            : ("", "holds a string that is not Unicode (half a surrogate pair). Correct or remove the line.");
}
