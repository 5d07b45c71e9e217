using FuseSharp.Errors;

namespace FuseSharp.Storage.Texts;

/// <summary>Tells by the columns of a file what its rows hold.</summary>
internal static class ConversationFormats
{
    private static readonly (TextFormat Format, string[] Columns)[] _formats =
    [
        (TextFormat.Messages, ["messages"]),
        (TextFormat.Sharegpt, ["conversations"]),
        (TextFormat.Alpaca, ["instruction", "output"]),
        (TextFormat.PromptCompletion, ["prompt", "completion"]),
        (TextFormat.PromptCompletion, ["prompt", "response"]),
        (TextFormat.Preference, ["chosen"]),
    ];

    /// <summary>How the rows of a file are read; one decision for all of them.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="columns">Its columns, or the fields of its first rows.</param>
    /// <param name="field">The column that the user names.</param>
    /// <param name="wanted">What the user says.</param>
    /// <returns>Null for plain texts.</returns>
    /// <exception cref="ArtifactException">Several formats fit.</exception>
    public static ConversationRow? Recognize(string file, ICollection<string> columns, string field, TextFormat wanted)
    {
        bool isNamed = field != TextEntry.DefaultField;
        if (wanted == TextFormat.Auto && (isNamed || columns.Contains(field)))
        {
            return null;
        }

        var fitting = _formats.Where(f => (wanted == TextFormat.Auto || f.Format == wanted) && Array.TrueForAll(f.Columns, columns.Contains)).ToList();
        if (wanted == TextFormat.Auto)
        {
            return fitting.Count == 0 ? null
                : fitting.Count == 1 ? new(fitting[0].Format, fitting[0].Columns[^1])
                : throw new ArtifactException($"'{file}' has the columns of several kinds of conversations: {Named(fitting)}. {Remedy(fitting)}");
        }

        return isNamed ? new(wanted, field)
            : fitting.Count <= 1 ? new(wanted, (fitting.Count == 1 ? fitting : [.. _formats.Where(f => f.Format == wanted)])[0].Columns[^1])
            : throw new ArtifactException($"'{file}' has {Named(fitting)}. Name by 'field' which column holds the answers.");
    }

    private static string Named(IEnumerable<(TextFormat Format, string[] Columns)> formats) => string.Join(" and ", formats.Select(f => string.Join(" with ", f.Columns)));

    private static string Remedy(IEnumerable<(TextFormat Format, string[] Columns)> formats)
        => formats.Select(f => Options.OptionRange.KeyOf(f.Format.ToString())).Distinct().ToArray() is [var one]
            ? $"Say by 'format: {one}' and 'field' which column holds the answers."
            : $"Say by 'format' which are meant: {string.Join(", ", formats.Select(f => Options.OptionRange.KeyOf(f.Format.ToString())).Distinct())}.";
}
