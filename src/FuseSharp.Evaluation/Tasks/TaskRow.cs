using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Scores;
using FuseSharp.Json;

namespace FuseSharp.Evaluation.Tasks;

/// <summary>A row of a benchmark's data.</summary>
/// <param name="Fields">An object.</param>
/// <param name="Place">Where it stands, for messages.</param>
/// <param name="Number">0-based within its split.</param>
public sealed record TaskRow(JsonElement Fields, string Place, int Number)
{
    /// <summary>A value, by the names on the way to it.</summary>
    /// <param name="path">Such as <c>choices.text</c>, or <c>turns.0</c> for the first entry of a list; of a list of objects <c>choices.text</c> is the list of their texts.
    /// Question marks stand between paths of which the first that is there counts.</param>
    /// <exception cref="ArtifactException">There is none.</exception>
    public JsonElement At(string path)
    {
        foreach (string other in path.Split('?'))
        {
            if (JsonRows.Follow(Fields, other, out _, out _) is { } found)
            {
                return found;
            }
        }

        JsonRows.Follow(Fields, path.Split('?')[0], out var owner, out string name);
        throw Missing(owner, path, name);
    }

    /// <summary>A value as text: numbers as they stand, false and true as 0 and 1.</summary>
    public string TextAt(string path) => TextOf(At(path), path);

    /// <summary>The accepted answers of a DROP row, each a list of spans.</summary>
    public IReadOnlyList<IReadOnlyList<string>> DropSpans() => DropAnswers.Parse(At("answer"), Fields);

    /// <summary>The entries of a list as texts.</summary>
    public IReadOnlyList<string> ListAt(string path) => At(path) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(e => TextOf(e, path))]
        : throw new ArtifactException($"{Place} has no list in the field '{path}'. Name the data that the task was defined for, or correct its definition.");

    private ArtifactException Missing(JsonElement owner, string path, string name)
    {
        string there = owner.ValueKind == JsonValueKind.Object ? string.Join(", ", owner.EnumerateObject().Take(50).Select(p => JsonRows.NameOf(p) ?? "(no Unicode)")) : "no fields";
        return Unreadable(owner, path) ?? new($"{Place} has no field '{path}'; at '{name}' it has {there}. Name the data that the task was defined for, or correct its definition.");
    }

    private ArtifactException? Unreadable(JsonElement value, string path)
        => JsonRows.Field(value, JsonRows.Unreadable) is { } kind ? new($"{Place} holds in the field '{path}' {JsonRows.TextOf(kind)}, which is not read as text. Write the column as text.") : null;

    private string TextOf(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.String => JsonRows.TextOf(value) ?? throw new ArtifactException($"{Place} holds in the field '{path}' a string that is not Unicode (half a surrogate pair or bad UTF-8). Correct or remove the row."),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.False => "0",
        JsonValueKind.True => "1",
        JsonValueKind.Null => "",
        _ => throw Unreadable(value, path) ?? new ArtifactException($"{Place} has no single value in the field '{path}'. Name the data that the task was defined for, or correct its definition."),
    };
}
