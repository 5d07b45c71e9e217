using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Files;

namespace FuseSharp.Json;

/// <summary>Reads JSON objects that others wrote, as Python's <c>json</c> reads them: of a key that stands twice the last one counts, and NaN and Infinity are numbers.</summary>
/// <remarks>One guard for all such files: whatever is wrong with one is told with its path. Files and depth are bounded.</remarks>
public static class JsonFile
{
    private const long LargestFile = 16 << 20;
    private const int Deepest = 64;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be, such as <c>a model's config.json</c>.</param>
    /// <returns>A tree in which <c>NaN</c> and <c>Infinity</c> stand as texts: whoever wants a number there refuses them.</returns>
    /// <exception cref="ModelException">It cannot be read, or is no JSON object.</exception>
    public static JsonObject Read(string path, string what)
    {
        try
        {
            byte[] bytes = BoundedFile.Read(path, LargestFile) ?? throw new ModelException($"'{path}' is larger than {LargestFile >> 20} MiB and not {what}. Get the file again.");
            return LfsPointer.Is(bytes) ? throw new ModelException($"'{path}' {LfsPointer.Message}") : Parse(bytes);
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException or ArgumentException)
        {
            throw new ModelException($"'{path}' is not {what}: {fault.Message.ReplaceLineEndings(" ")}", fault);
        }
    }

    /// <summary>Reads an object from its text.</summary>
    /// <param name="utf8">With or without a byte order mark.</param>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static JsonObject Parse(ReadOnlySpan<byte> utf8)
    {
        utf8 = utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        byte[] text = PythonNumbers.Replace(utf8, name => [(byte)'"', .. Encoding.ASCII.GetBytes(name), (byte)'"']) ?? utf8.ToArray();
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Deepest });
        try
        {
            return NodeOf(document.RootElement) as JsonObject ?? throw new JsonException($"it holds {KindOf(document.RootElement.ValueKind)}, expected an object");
        }
        catch (InvalidOperationException fault)
        {
            throw new JsonException($"a text in it holds half of a surrogate pair or is not UTF-8 ({fault.Message})", fault);
        }
    }

    /// <summary>What a value is, for messages.</summary>
    public static string Shown(JsonNode? value)
    {
        string text = value?.ToJsonString() ?? "null";
        return text.Length <= 60 ? text : text[..60] + "…";
    }

    private static JsonNode? NodeOf(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var result = new JsonObject();
                foreach (var property in element.EnumerateObject())
                {
                    result[property.Name] = NodeOf(property.Value);
                }

                return result;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(NodeOf)]);
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String:
                return JsonValue.Create(element.GetString());
            default:
                return JsonValue.Create(element.Clone());
        }
    }

    private static string KindOf(JsonValueKind kind) => kind switch { JsonValueKind.Array => "a list", JsonValueKind.String => "a text", JsonValueKind.Number => "a number", _ => "no value" };
}
