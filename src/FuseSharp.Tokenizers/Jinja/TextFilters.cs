using System.Text.RegularExpressions;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Filters on texts.</summary>
internal static partial class TextFilters
{
    /// <summary>The first letter of each word large, the others small.</summary>
    public static string Title(string text)
        => WordStart().Replace(text, m => m.Groups["between"].Success ? m.Value
            : PythonText.WidthAt(m.Value, 0) is var first ? PythonCase.Upper(m.Value[..first]) + PythonCase.Lower(m.Value[first..]) : "");

    /// <summary>Words of letters, digits and underscores.</summary>
    public static long Words(string text) => Word().Count(text);

    /// <summary>Without HTML's signs.</summary>
    public static string Escaped(TemplateRun run, string text)
    {
        foreach (var (sign, name) in new[] { ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ("\"", "&#34;") })
        {
            text = Replaced(run, text, sign, name, long.MaxValue);
        }

        return text;
    }

    /// <summary>The filter <c>replace(old, new, count)</c>.</summary>
    public static string Replaced(TemplateRun run, string text, object?[] given)
        => given is [not Undefined, not Undefined, var count]
            ? Replaced(run, text, run.Text(given[0]), run.Text(given[1]), count is Undefined or null ? long.MaxValue : TemplateFilters.Size(count, 0) is >= 0 and var most ? most : long.MaxValue)
            : throw TemplateFilters.Unfit("replace");

    /// <summary>A text with the first occurrences of one part exchanged for another.</summary>
    public static string Replaced(TemplateRun run, string text, string old, string replacement, long most)
    {
        run.CountCharacters(text.Length + old.Length);
        if (old.Length == 0)
        {
            var characters = PythonText.Characters(text).Cast<string>().ToList();
            long ends = Math.Min(most, characters.Count + 1L);
            run.CountItems(characters.Count);
            run.CountCharacters(ends * replacement.Length);
            return string.Concat(characters.Select((c, i) => i < ends ? replacement + c : c)) + (ends > characters.Count ? replacement : "");
        }

        // Counted before it is made: a text of one letter could grow by the square.
        int[] places = [.. TextSearch.All(text, old).Take((int)Math.Min(most, int.MaxValue))];
        run.CountItems(places.Length);
        run.CountCharacters((long)places.Length * replacement.Length);
        if (places.Length == 0)
        {
            return text;
        }

        var result = new System.Text.StringBuilder();
        int at = 0;
        foreach (int place in places)
        {
            result.Append(text, at, place - at).Append(replacement);
            at = place + old.Length;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>Lines behind the first moved to the right.</summary>
    public static string Indented(TemplateRun run, string text, object?[] given)
    {
        string space = given[0] is string own ? own : new string(' ', Math.Max(0, TemplateFilters.Size(given[0], 4)));
        var lines = PythonText.Lines(text + "\n");
        run.CountItems(lines.Count);
        run.CountCharacters((long)lines.Count * space.Length);
        bool isBlankToo = TemplateValues.IsTrue(given[2]);
        string indented = string.Join('\n', lines.Select((line, i) => i == 0 || (line.Length == 0 && !isBlankToo) ? line : space + line));
        return TemplateValues.IsTrue(given[1]) ? space + indented : indented;
    }

    /// <summary>Spaces on both sides (0), before (1) or behind (−1) a text.</summary>
    public static string Padded(TemplateRun run, string text, int width, int side, char with = ' ')
    {
        int missing = Math.Max(0, width - PythonText.Length(text));
        run.CountCharacters(missing);
        int left = side switch { 0 => (missing / 2) + (missing & width & 1), > 0 => missing, _ => 0 };
        return new string(with, left) + text + new string(with, missing - left);
    }

    /// <summary>The filter <c>truncate(length, killwords, end, leeway)</c>.</summary>
    public static string Truncated(TemplateRun run, string text, object?[] given)
    {
        int length = TemplateFilters.Size(given[0], 255);
        string end = given[2] is Undefined ? "..." : run.Text(given[2]);
        int room = length - PythonText.Length(end);
        int leeway = given[3] is null ? 5 : TemplateFilters.Size(given[3], 5);
        if (room < 0 || leeway < 0)
        {
            throw new TemplateException(0, "truncates a text to less than its end");
        }

        if (PythonText.Length(text) <= length + leeway)
        {
            return text;
        }

        string kept = text[..PythonText.OffsetOf(text, room)];
        return run.Counted((TemplateValues.IsTrue(given[1]) || !kept.Contains(' ', StringComparison.Ordinal) ? kept : kept[..kept.LastIndexOf(' ')]) + end);
    }

    [GeneratedRegex(@"(?<between>[-\s({\[<]+)|[^-\s({\[<]+", RegexOptions.CultureInvariant)]
    private static partial Regex WordStart();

    [GeneratedRegex(@"\w+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
