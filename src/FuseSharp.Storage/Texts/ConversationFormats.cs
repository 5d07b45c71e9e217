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

    /// <summary>What the rows of a file hold.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="columns">Its columns, or the fields of its first rows.</param>
    /// <param name="field">The column that holds a plain text.</param>
    /// <param name="wanted">What the user says.</param>
    /// <exception cref="ArtifactException">Several formats fit.</exception>
    public static TextFormat Recognize(string file, ICollection<string> columns, string field, TextFormat wanted)
    {
        if (wanted != TextFormat.Auto || columns.Contains(field.Split('.')[0]) || columns.Contains(field))
        {
            return wanted == TextFormat.Auto ? TextFormat.Text : wanted;
        }

        var fitting = _formats.Where(f => Array.TrueForAll(f.Columns, columns.Contains)).ToList();
        return fitting.Count == 0 ? TextFormat.Text
            : fitting.Count == 1 ? fitting[0].Format
            : throw new ArtifactException($"'{file}' has the columns of several kinds of conversations: {string.Join(" and ", fitting.Select(f => string.Join(" with ", f.Columns)))}. Say by 'format' which are meant: {string.Join(", ", fitting.Select(f => Options.OptionRange.KeyOf(f.Format.ToString())).Distinct())}.");
    }
}
