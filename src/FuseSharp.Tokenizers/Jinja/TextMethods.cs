using System.Globalization;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Python's methods of texts.</summary>
internal static class TextMethods
{
    /// <summary>A method bound to its text, or null where there is none of the name.</summary>
    public static TemplateFunction? Find(TemplateRun run, string text, string name)
        => name switch
        {
            "strip" => Bound(["chars"], a => PythonText.Strip(text, Optional(a[0]), true, true)),
            "lstrip" => Bound(["chars"], a => PythonText.Strip(text, Optional(a[0]), true, false)),
            "rstrip" => Bound(["chars"], a => PythonText.Strip(text, Optional(a[0]), false, true)),
            "upper" => Bound([], _ => PythonCase.Upper(text)),
            "lower" or "casefold" => Bound([], _ => PythonCase.Lower(name == "casefold" ? PythonCase.Lower(PythonCase.Upper(text)) : text)),
            "title" => Bound([], _ => PythonCase.Title(text)),
            "capitalize" => Bound([], _ => PythonCase.Capitalized(text)),
            "startswith" => Bound(["prefix", "start", "end"], a => Part(text, a[1], a[2], out _) is { } part && Options(a[0], name).Any(o => part.StartsWith(o, StringComparison.Ordinal))),
            "endswith" => Bound(["suffix", "start", "end"], a => Part(text, a[1], a[2], out _) is { } part && Options(a[0], name).Any(o => part.EndsWith(o, StringComparison.Ordinal))),
            "find" or "rfind" or "index" or "rindex" => Bound(["sub", "start", "end"], a => Place(text, name, a)),
            "count" => Bound(["sub", "start", "end"], a => Part(text, a[1], a[2], out _) is { } part ? Occurrences(part, Needed(a[0], name)) : 0L),
            "replace" => Bound(["old", "new", "count"], a => TextFilters.Replaced(run, text, Needed(a[0], name), Needed(a[1], name), Most(a[2]))),
            "split" or "rsplit" => Bound(["sep", "maxsplit"], a => TextSplitting.Split(run, text, Optional(a[0]), Most(a[1]), name == "rsplit")),
            "splitlines" => Bound(["keepends"], a => run.Counted([.. PythonText.Lines(text, TemplateValues.IsTrue(a[0]))])),
            "partition" or "rpartition" => Bound(["sep"], a => TextSplitting.Partition(run, text, Needed(a[0], name), name == "rpartition")),
            "removeprefix" => Bound(["prefix"], a => Needed(a[0], name) is var prefix && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text),
            "removesuffix" => Bound(["suffix"], a => Needed(a[0], name) is { Length: > 0 } suffix && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text),
            "join" => Bound(["iterable"], a => run.Joined(text, TemplateValues.Items(run, a[0]).Select(i => i as string ?? throw new TemplateException(0, $"joins {TemplateValues.KindOf(i)} with texts")))),
            "center" => Bound(["width"], a => TextFilters.Padded(run, text, TemplateFilters.Size(a[0], 0), 0)),
            "ljust" => Bound(["width"], a => TextFilters.Padded(run, text, TemplateFilters.Size(a[0], 0), -1)),
            "rjust" => Bound(["width"], a => TextFilters.Padded(run, text, TemplateFilters.Size(a[0], 0), 1)),
            "zfill" => Bound(["width"], a => text is ['-' or '+', ..] ? text[0] + TextFilters.Padded(run, text[1..], TemplateFilters.Size(a[0], 0) - 1, 1, '0') : TextFilters.Padded(run, text, TemplateFilters.Size(a[0], 0), 1, '0')),
            _ => Is(text, name) is { } holds ? Bound([], _ => holds()) : null,
        };

    private static Func<bool>? Is(string text, string name)
        => name switch
        {
            "isdecimal" => () => PythonText.All(text, c => c is UnicodeCategory.DecimalDigitNumber),
            "isdigit" => () => text.Length > 0 && text.All(c => char.IsDigit(c) || CharUnicodeInfo.GetDigitValue(c) >= 0),
            "isnumeric" => () => PythonText.All(text, c => c is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber),
            "isalpha" => () => PythonText.All(text, c => c <= UnicodeCategory.OtherLetter),
            "isalnum" => () => PythonText.All(text, c => c is <= UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber),
            "isspace" => () => text.Length > 0 && text.All(PythonText.IsSpace),
            "isascii" => () => text.All(char.IsAscii),
            "islower" => () => PythonCase.IsLower(text),
            "isupper" => () => PythonCase.IsUpper(text),
            "istitle" => () => text.Any(char.IsLetter) && PythonCase.Title(text) == text && !text.All(c => !char.IsUpper(c) && !char.IsLower(c)),
            _ => null,
        };

    private static TemplateFunction Bound(string[] names, Func<object?[], object?> call) => (values, named) => call(new FilterArguments("method", values, named).In(names));

    private static string? Optional(object? value) => value is Undefined or null ? null : value as string ?? throw new TemplateException(0, $"gives a method {TemplateValues.KindOf(value)} for a text");

    private static string Needed(object? value, string method) => value as string ?? throw new TemplateException(0, $"calls '{method}' without the text it needs");

    private static long Most(object? value) => value is Undefined ? long.MaxValue : PythonNumber.Whole(value) is { } most ? (most < 0 ? long.MaxValue : most) : throw new TemplateException(0, $"gives a method {TemplateValues.KindOf(value)} for a number");

    private static IEnumerable<string> Options(object? value, string method)
        => value is List<object?> several ? several.Select(o => Needed(o, method)) : [Needed(value, method)];

    // The part of a text between two places, counted by code points, and where it begins; null where the start lies behind the text or the end.
    private static string? Part(string text, object? start, object? end, out int from)
    {
        from = 0;
        if (start is Undefined or null && (end is Undefined or null))
        {
            return text;
        }

        long length = PythonText.Length(text);
        long Bound(object? value, long otherwise) => value is Undefined or null ? otherwise : PythonNumber.Whole(value) is { } place ? Math.Max(0, place < 0 ? place + length : place) : throw new TemplateException(0, "searches from something that is not a whole number");
        long first = Bound(start, 0);
        long last = Math.Min(length, Bound(end, length));
        from = PythonText.OffsetOf(text, first);
        return first > last ? null : text[from..PythonText.OffsetOf(text, last)];
    }

    private static long Place(string text, string name, object?[] given)
    {
        string wanted = Needed(given[0], name);
        int at = Part(text, given[1], given[2], out int from) is { } part ? (name[0] == 'r' ? TextSearch.LastIndexOf(part, wanted) : TextSearch.IndexOf(part, wanted)) : -1;
        return at >= 0 ? PythonText.Length(text.AsSpan(0, from + at))
            : name.EndsWith("find", StringComparison.Ordinal) ? -1 : throw new TemplateException(0, "asks for the place of what a text does not hold");
    }

    private static long Occurrences(string text, string part) => part.Length == 0 ? PythonText.Length(text) + 1L : TextSearch.All(text, part).LongCount();
}
