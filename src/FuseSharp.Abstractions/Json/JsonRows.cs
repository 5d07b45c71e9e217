using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace FuseSharp.Json;

/// <summary>JSON as Python writes and reads it: NaN and infinities are values, the last of equal names counts, and half a surrogate pair in one name does not hide the others.</summary>
public static class JsonRows
{
    /// <summary>The only name in the object that stands for a value of a kind that is not read; its value says the kind.</summary>
    public const string Unreadable = "\u0001unreadable";

    private static readonly byte[] _notFinite = Encoding.UTF8.GetBytes("{\"\\u0001" + Unreadable[1..] + "\":\"a number that is not finite\"}");

    /// <summary>Reads a value; what is NaN or infinite becomes one that no template or text can name.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException) when (PythonNumbers.Replace(json.Span, _ => _notFinite) is { } tamed)
        {
            using var document = JsonDocument.Parse(tamed);
            return document.RootElement.Clone();
        }
    }

    /// <summary>A field of an object, or of objects inside of it: <c>meta.text</c>; null where there is none.</summary>
    public static JsonElement? Find(JsonElement row, string path)
    {
        if (Field(row, path) is { } whole)
        {
            return whole;
        }

        JsonElement? value = row;
        foreach (string name in path.Split('.'))
        {
            value = value is { } owner ? Field(owner, name) : null;
        }

        return value;
    }

    /// <summary>A value by the names on the way to it; a name at a list of objects goes into each of them.</summary>
    /// <param name="row">Where the way begins.</param>
    /// <param name="path">Names and places with points between.</param>
    /// <param name="owner">Where it ended.</param>
    /// <param name="name">The name that is not there.</param>
    /// <returns>Null where there is none.</returns>
    public static JsonElement? Follow(JsonElement row, string path, out JsonElement owner, out string name)
    {
        owner = row;
        name = "";
        foreach (string step in path.Split('.'))
        {
            name = step;
            if (Inner(owner, step) is not { } inner)
            {
                return null;
            }

            owner = inner;
        }

        return owner;
    }

    private static JsonElement? Inner(JsonElement owner, string name)
    {
        if (owner.ValueKind != JsonValueKind.Array)
        {
            return Field(owner, name);
        }

        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int at))
        {
            return at < owner.GetArrayLength() ? owner[at] : null;
        }

        var members = owner.EnumerateArray().Select(e => Field(e, name)).ToList();
        return members.Count > 0 && members.TrueForAll(m => m is not null) ? ListOf(members) : null;
    }

    // By their bytes, which may hold strings that are no Unicode.
    private static JsonElement ListOf(List<JsonElement?> members)
    {
        using var bytes = new MemoryStream();
        foreach (var member in members)
        {
            bytes.WriteByte((byte)(bytes.Length == 0 ? '[' : ','));
            bytes.Write(JsonMarshal.GetRawUtf8Value(member!.Value));
        }

        bytes.WriteByte((byte)']');
        return Parse(bytes.ToArray());
    }

    /// <summary>A field by its own name; null where there is none.</summary>
    public static JsonElement? Field(JsonElement owner, string name)
    {
        if (owner.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        try
        {
            return owner.TryGetProperty(name, out var value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            // Another field's name is no Unicode.
            JsonElement? found = null;
            foreach (var property in owner.EnumerateObject())
            {
                found = NameOf(property) == name ? property.Value : found;
            }

            return found;
        }
    }

    /// <summary>A field's name; null where it is no Unicode.</summary>
    public static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A string; null where it is no Unicode.</summary>
    public static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
