using System.Globalization;

namespace FuseSharp.Core.Chat.Templates;

/// <summary>Methods of texts and mappings that templates call as in Python.</summary>
internal static class TemplateMethods
{
    /// <summary>A method bound to its owner, or null where there is none of the name.</summary>
    public static TemplateFunction? Find(object owner, string name, TemplateRun run)
        => owner switch
        {
            string text => OfText(text, name, run),
            TemplateMapping mapping => OfMapping(mapping, name),
            _ => null,
        };

    private static TemplateFunction? OfText(string text, string name, TemplateRun run)
        => name switch
        {
            "strip" => (values, _) => text.Trim(Characters(values)),
            "lstrip" => (values, _) => text.TrimStart(Characters(values)),
            "rstrip" => (values, _) => text.TrimEnd(Characters(values)),
            "upper" => (_, _) => text.ToUpperInvariant(),
            "lower" => (_, _) => text.ToLowerInvariant(),
            "title" => (_, _) => Title(text),
            "capitalize" => (_, _) => Capitalized(text),
            "startswith" => (values, _) => Options(values).Any(o => text.StartsWith(o, StringComparison.Ordinal)),
            "endswith" => (values, _) => Options(values).Any(o => text.EndsWith(o, StringComparison.Ordinal)),
            "find" => (values, _) => (long)text.IndexOf(Argument(values, 0, name), StringComparison.Ordinal),
            "count" => (values, _) => (long)text.AsSpan().Count(Argument(values, 0, name)),
            "replace" => (values, _) => Replaced(run, text, Argument(values, 0, name), Argument(values, 1, name)),
            "split" => (values, _) => Split(text, values.Count > 0 && values[0] is string separator ? separator : null, values.Count > 1 && values[1] is long most ? most : long.MaxValue),
            "removeprefix" => (values, _) => Argument(values, 0, name) is var prefix && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text,
            "removesuffix" => (values, _) => Argument(values, 0, name) is { Length: > 0 } suffix && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text,
            "join" => (values, _) => string.Join(text, TemplateValues.Items(values.ElementAtOrDefault(0), 0).Select(run.Text)),
            "isdigit" => (_, _) => text.Length > 0 && text.All(char.IsDigit),
            "splitlines" => (_, _) => (List<object?>)[.. text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')],
            _ => null,
        };

    private static TemplateFunction? OfMapping(TemplateMapping mapping, string name)
        => name switch
        {
            "items" => (_, _) => mapping.Select(e => (object?)new List<object?> { e.Key, e.Value }).ToList(),
            "keys" => (_, _) => mapping.Keys.Select(k => (object?)k).ToList(),
            "values" => (_, _) => mapping.Values.ToList(),
            "get" => (values, _) => mapping.TryGetValue(Argument(values, 0, name), out object? value) ? value : values.ElementAtOrDefault(1),
            _ => null,
        };

    /// <summary>First letter large, the others small.</summary>
    public static string Capitalized(string text) => text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    /// <summary>The first letter of each word large.</summary>
    public static string Title(string text) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(text.ToLowerInvariant());

    /// <summary>A text with one part exchanged for another.</summary>
    public static string Replaced(TemplateRun run, string text, string old, string replacement)
    {
        // Counted before it is made: a text of one letter could grow by the square.
        run.CountCharacters(text.Length + ((long)(old.Length == 0 ? text.Length + 1 : text.AsSpan().Count(old)) * replacement.Length));
        return old.Length == 0 ? replacement + string.Concat(text.Select(c => c + replacement)) : text.Replace(old, replacement, StringComparison.Ordinal);
    }

    private static char[] Characters(IReadOnlyList<object?> values) => values.Count > 0 && values[0] is string characters ? characters.ToCharArray() : [];

    private static IEnumerable<string> Options(IReadOnlyList<object?> values)
        => values.ElementAtOrDefault(0) is List<object?> several ? several.OfType<string>() : values.OfType<string>().Take(1);

    private static string Argument(IReadOnlyList<object?> values, int place, string method)
        => place < values.Count && values[place] is string text ? text : throw new TemplateException(0, $"calls '{method}' without the text it needs");

    private static List<object?> Split(string text, string? separator, long most)
    {
        if (separator is { Length: 0 })
        {
            throw new TemplateException(0, "splits a text at nothing");
        }

        int count = most < 0 ? int.MaxValue : (int)Math.Min(most, int.MaxValue - 1) + 1;
        string[] parts = separator is null
            ? text.Split((char[]?)null, count, StringSplitOptions.RemoveEmptyEntries)
            : text.Split(separator, count);
        return [.. parts];
    }
}
