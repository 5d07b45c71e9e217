using System.Text.Json.Nodes;

namespace FuseSharp.Json;

/// <summary>Reads the keys of an object that others wrote. A value of another kind than expected is refused, never passed over.</summary>
/// <param name="json">The object.</param>
/// <param name="fault">Makes the exception from what was found, such as <c>has 'r' "4", expected a whole number</c>.</param>
public sealed class JsonKeys(JsonObject json, Func<string, Exception> fault)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Keys that were asked for: the others of the object are not honoured.</summary>
    public IReadOnlySet<string> Asked => _asked;

    /// <summary>Keys with a value that nothing asked for.</summary>
    public IEnumerable<string> Unasked => json.Where(p => p.Value is not null && !_asked.Contains(p.Key)).Select(p => p.Key);

    /// <summary>Whether a key has a value that is not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>A whole number.</summary>
    public int? Whole(string key)
        => Find(key) is not { } node ? null
            : node is JsonValue value && value.TryGetValue(out int number) ? number
            : node is JsonValue real && real.TryGetValue(out double same) && same == Math.Floor(same) && Math.Abs(same) <= int.MaxValue ? (int)same
            : throw Unfit(key, node, "a whole number");

    /// <summary>A finite number.</summary>
    public double? Real(string key)
        => Find(key) is not { } node ? null
            : node is JsonValue value && value.TryGetValue(out double number) && double.IsFinite(number) ? number : throw Unfit(key, node, "a number");

    /// <summary>A list of finite numbers.</summary>
    public double[]? Reals(string key)
        => Find(key) is not { } node ? null
            : node is JsonArray list && list.Select(n => n is JsonValue value && value.TryGetValue(out double number) ? number : double.NaN).ToArray() is var numbers && Array.TrueForAll(numbers, double.IsFinite)
            ? numbers : throw Unfit(key, node, "a list of numbers");

    /// <summary>A list of texts.</summary>
    public string[]? Texts(string key)
        => Find(key) is not { } node ? null
            : node is JsonArray list && list.Select(n => n is JsonValue value && value.TryGetValue(out string? text) ? text : null).OfType<string>().ToArray() is var texts && texts.Length == list.Count
            ? texts : throw Unfit(key, node, "a list of texts");

    /// <summary>True or false.</summary>
    public bool? Flag(string key)
        => Find(key) is not { } node ? null : node is JsonValue value && value.TryGetValue(out bool flag) ? flag : throw Unfit(key, node, "true or false");

    /// <summary>A text.</summary>
    public string? Text(string key)
        => Find(key) is not { } node ? null : node is JsonValue value && value.TryGetValue(out string? text) ? text : throw Unfit(key, node, "a text");

    /// <summary>An object.</summary>
    public JsonObject? Object(string key)
        => Find(key) is not { } node ? null : node as JsonObject ?? throw Unfit(key, node, "an object");

    private JsonNode? Find(string key)
    {
        _asked.Add(key);
        return json[key];
    }

    private Exception Unfit(string key, JsonNode node, string expected) => fault($"has '{key}' {JsonFile.Shown(node)}, expected {expected}");
}
