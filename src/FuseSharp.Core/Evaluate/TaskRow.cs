using System.Globalization;
using System.Text.Json;
using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Evaluate;

/// <summary>A row of a benchmark's data.</summary>
/// <param name="Fields">An object.</param>
/// <param name="Place">Where it stands, for messages.</param>
/// <param name="Number">0-based within its split.</param>
public sealed record TaskRow(JsonElement Fields, string Place, int Number)
{
    /// <summary>A value, by the names on the way to it.</summary>
    /// <param name="path">Such as <c>choices.text</c>, or <c>turns.0</c> for the first entry of a list.</param>
    /// <exception cref="ArtifactException">There is none.</exception>
    public JsonElement At(string path)
    {
        var value = Fields;
        foreach (string name in path.Split('.'))
        {
            JsonElement inner = default;
            bool isThere = value.ValueKind == JsonValueKind.Object ? value.TryGetProperty(name, out inner)
                : value.ValueKind == JsonValueKind.Array && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int at) && (inner = value.EnumerateArray().ElementAtOrDefault(at)).ValueKind != JsonValueKind.Undefined;
            if (!isThere)
            {
                string there = value.ValueKind == JsonValueKind.Object ? string.Join(", ", value.EnumerateObject().Select(p => p.Name)) : "no fields";
                throw new ArtifactException($"{Place} has no field '{path}'; at '{name}' it has {there}. Name the data that the task was defined for, or correct its definition.");
            }

            value = inner;
        }

        return value;
    }

    /// <summary>A value as text: numbers as they stand, false and true as 0 and 1.</summary>
    public string TextAt(string path) => TextOf(At(path), path);

    /// <summary>The entries of a list as texts.</summary>
    public IReadOnlyList<string> ListAt(string path) => At(path) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(e => TextOf(e, path))]
        : throw new ArtifactException($"{Place} has no list in the field '{path}'. Name the data that the task was defined for, or correct its definition.");

    private string TextOf(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.False => "0",
        JsonValueKind.True => "1",
        JsonValueKind.Null => "",
        _ => throw new ArtifactException($"{Place} has no single value in the field '{path}'. Name the data that the task was defined for, or correct its definition."),
    };
}
