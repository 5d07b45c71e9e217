using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Tokenizers.Files;

/// <summary>A value in a JSON file with its place, so that a fault can name it.</summary>
/// <param name="Element">The value.</param>
/// <param name="Place">File and path: <c>'x/tokenizer.json' at model.merges[3]</c>.</param>
public readonly record struct JsonPart(JsonElement Element, string Place)
{
    /// <summary>Reads a file's content.</summary>
    /// <param name="bytes">UTF-8, with or without byte order mark.</param>
    /// <param name="path">How to name the file.</param>
    /// <exception cref="ModelException">It is not JSON, or its top is no object.</exception>
    public static JsonPart Parse(ReadOnlyMemory<byte> bytes, string path)
    {
        if (bytes.Span.StartsWith("\uFEFF"u8))
        {
            bytes = bytes[3..];
        }

        try
        {
            var root = new JsonPart(JsonRows.Parse(bytes), $"'{path}'");
            return root.Kind == JsonValueKind.Object ? root : throw root.Error("an object");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new ModelException(
                LfsPointer.Is(bytes.Span) ? $"'{path}' {LfsPointer.Message}" : $"'{path}' is not valid JSON: {LibraryErrors.OneLine(error)} Expected a complete tokenizer file. Copy or download it again.", error);
        }
    }

    /// <summary>What kind of value it is.</summary>
    public JsonValueKind Kind => Element.ValueKind;

    /// <summary>A field that may be missing or null.</summary>
    public JsonPart? Find(string name)
    {
        if (Kind != JsonValueKind.Object)
        {
            throw Error("an object");
        }

        return JsonRows.Field(Element, name) is { ValueKind: not JsonValueKind.Null } value
            ? new JsonPart(value, $"{Place}{(Place.EndsWith('\'') ? " at " : ".")}{name}")
            : null;
    }

    /// <summary>A field that must be there.</summary>
    public JsonPart Field(string name) => Find(name) ?? throw Error($"a field '{name}'");

    /// <summary>The elements of an array.</summary>
    public IEnumerable<JsonPart> Items()
    {
        if (Kind != JsonValueKind.Array)
        {
            throw Error("an array");
        }

        int index = 0;
        foreach (var item in Element.EnumerateArray())
        {
            yield return new JsonPart(item, Place + $"[{index++}]");
        }
    }

    /// <summary>The fields of an object.</summary>
    public IEnumerable<(string Name, JsonPart Value)> Fields()
    {
        if (Kind != JsonValueKind.Object)
        {
            throw Error("an object");
        }

        foreach (var field in Element.EnumerateObject())
        {
            string name = JsonRows.NameOf(field) ?? throw Error("field names in valid Unicode");
            yield return (name, new JsonPart(field.Value, Place + $"[\"{name}\"]"));
        }
    }

    /// <summary>A string.</summary>
    public string Text()
    {
        try
        {
            return Kind == JsonValueKind.String ? Element.GetString()! : throw Error("a string");
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate: JSON allows it, Unicode does not.
            throw Error("a string in valid Unicode");
        }
    }

    /// <summary>A whole number from 0 on.</summary>
    public int Number()
        => Kind == JsonValueKind.Number && Element.TryGetInt32(out int value) && value >= 0 ? value : throw Error("a whole number from 0 to 2147483647");

    /// <summary>A boolean field, or what stands for it where it is missing.</summary>
    public bool Flag(string name, bool otherwise = false) => Find(name) is not { } field ? otherwise : field.Kind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw field.Error("true or false"),
    };

    /// <summary>The fault that something else was expected here.</summary>
    public ModelException Error(string expected) => new($"{Place} holds {Shown()}; expected {expected}. Correct the file or take it from the model's publisher again.");

    /// <summary>The fault that the file is whole, but something of it is not supported.</summary>
    /// <param name="what">What it is, and what is known instead; behind "holds … ".</param>
    public ModelException Unsupported(string what) => new($"{Place} holds {Shown()}, {what}. The file is whole: take another model, or one of its kind that is supported.");

    private string RawText()
    {
        try
        {
            return string.Join(' ', Element.GetRawText().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        }
        catch (InvalidOperationException)
        {
            return "what is not Unicode";
        }
    }

    private string Shown()
    {
        string text = Kind is JsonValueKind.Undefined ? "nothing" : RawText();
        return text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 57), "...");
    }
}
