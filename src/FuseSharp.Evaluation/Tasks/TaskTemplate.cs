using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FuseSharp.Errors;

namespace FuseSharp.Evaluation.Tasks;

/// <summary>Fills the templates of task definitions.</summary>
/// <remarks>
/// <c>{field}</c>, <c>{field.inner}</c>, <c>{list.0}</c>, <c>{list.inner}</c> of every entry, <c>{field?other}</c> for the first that is there, then filters behind <c>|</c>; all other braces stand for themselves. Filters:
/// <code>
/// strip               without white space at both ends
/// lower, upper        letters
/// capitalize          first letter upper, the rest lower
/// last_word           behind the last space
/// without_last_word   before the last space
/// wikihow             stripped, " [title]" becomes ". ", other text in brackets goes, two spaces become one: HellaSwag's clean-up
/// </code>
/// </remarks>
public static partial class TaskTemplate
{
    private static readonly Dictionary<string, Func<string, string>> _filters = new(StringComparer.Ordinal)
    {
        ["strip"] = t => t.Trim(),
        ["lower"] = t => t.ToLowerInvariant(),
        ["upper"] = t => t.ToUpperInvariant(),
        ["capitalize"] = Capitalize,
        ["last_word"] = t => t[(t.LastIndexOf(' ') + 1)..],
        ["without_last_word"] = t => t.LastIndexOf(' ') is > 0 and var at ? t[..at] : "",
        ["wikihow"] = t => Bracketed().Replace(t.Trim().Replace(" [title]", ". ", StringComparison.Ordinal), "").Replace("  ", " ", StringComparison.Ordinal),
    };

    /// <summary>Fills a template.</summary>
    /// <param name="template">The template.</param>
    /// <param name="row">Gives the values.</param>
    /// <exception cref="ArtifactException">The row lacks a field.</exception>
    /// <exception cref="UsageException">A filter is not known.</exception>
    public static string Fill(string template, TaskRow row)
        => Place().Replace(template, m => m.Groups["filter"].Captures.Aggregate(row.TextAt(m.Groups["path"].Value), (text, filter) => Apply(filter.Value, text)));

    /// <summary>Fills several templates; a single one that names a list gives all its entries.</summary>
    public static IReadOnlyList<string> FillAll(IReadOnlyList<string> templates, TaskRow row)
    {
        if (templates.Count == 1 && Place().Match(templates[0]) is { Success: true } match && match.Length == templates[0].Length
            && row.At(match.Groups["path"].Value).ValueKind == JsonValueKind.Array)
        {
            return [.. row.ListAt(match.Groups["path"].Value).Select(t => match.Groups["filter"].Captures.Aggregate(t, (text, filter) => Apply(filter.Value, text)))];
        }

        return [.. templates.Select(t => Fill(t, row))];
    }

    /// <summary>Applies one filter; null leaves a text as it is.</summary>
    public static string Apply(string? filter, string text)
        => filter is null ? text
            : _filters.TryGetValue(filter, out var apply) ? apply(text)
            : throw new UsageException($"There is no filter '{filter}' for task templates. Known are {string.Join(", ", _filters.Keys)}.");

    private static string Capitalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        int first = Rune.GetRuneAt(text, 0).Utf16SequenceLength;
        return text[..first].ToUpper(CultureInfo.InvariantCulture) + text[first..].ToLower(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\{(?<path>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*(?:\?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)*)(?:\|(?<filter>[a-z_]+))*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Place();

    [GeneratedRegex(@"\[.*?\]", RegexOptions.CultureInvariant)]
    private static partial Regex Bracketed();
}
