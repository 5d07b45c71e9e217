using System.Globalization;
using System.Text;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>The functions that templates find without being given them, as in Hugging Face.</summary>
internal static class TemplateFunctions
{
    private const long LongestRange = 100_000; // the sandbox of Jinja has the same bound

    /// <summary>By name.</summary>
    public static Dictionary<string, TemplateFunction> Create(TemplateRun run, DateTimeOffset today)
        => new(StringComparer.Ordinal)
        {
            ["raise_exception"] = (values, _) => throw new TemplateException(0, $"refuses this conversation: {run.Text(values.ElementAtOrDefault(0)).ReplaceLineEndings(" ")}"),
            ["strftime_now"] = (values, _) => Date(today, run.Text(values.ElementAtOrDefault(0))),
            ["range"] = (values, _) => Range(run, [.. values.Select(v => PythonNumber.Whole(v) ?? throw new TemplateException(0, "asks for a range of something that is not a whole number"))]),
            ["namespace"] = (values, named) => Mapping(run, values, named, isNamespace: true),
            ["dict"] = (values, named) => Mapping(run, values, named, isNamespace: false),
        };

    private static TemplateMapping Mapping(TemplateRun run, IReadOnlyList<object?> values, IReadOnlyDictionary<string, object?> named, bool isNamespace)
    {
        var mapping = new TemplateMapping(isNamespace);
        var entries = values.Count == 0 ? [] : values is [TemplateMapping given] ? given : throw new TemplateException(0, "makes a mapping of what is none");
        foreach (var (name, value) in entries.Concat(named))
        {
            run.CountItems(1);
            mapping[name] = value;
        }

        return mapping;
    }

    private static List<object?> Range(TemplateRun run, long[] bounds)
    {
        var (start, end, step) = bounds switch
        {
            [var only] => (0L, only, 1L),
            [var first, var last] => (first, last, 1L),
            [var first, var last, var by] when by != 0 => (first, last, by),
            _ => throw new TemplateException(0, "asks for a range without a meaning"),
        };
        var count = Int128.Max(0, (step > 0 ? (Int128)end - start + step - 1 : (Int128)start - end - step - 1) / Int128.Abs(step));
        if (count > LongestRange)
        {
            throw new TemplateException(0, FormattableString.Invariant($"asks for a range of more than {LongestRange} numbers"));
        }

        run.CountItems((long)count);
        return [.. Enumerable.Range(0, (int)count).Select(i => (object?)(start + (i * step)))];
    }

    // The directives that dates in templates use.
    private static string Date(DateTimeOffset date, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            bool isUnpadded = format[++i] == '-' && i + 1 < format.Length; // as the C library has it
            i += isUnpadded ? 1 : 0;
            string part = Part(date, format[i]);
            text.Append(isUnpadded && part.Length > 1 ? part.TrimStart('0') is { Length: > 0 } short_ ? short_ : "0" : part);
        }

        return text.ToString();
    }

    private static string Part(DateTimeOffset date, char directive)
    {
        string Format(string part) => date.ToString(part, CultureInfo.InvariantCulture);
        return directive switch
        {
            'd' => Format("dd"),
            'e' => Format("dd").TrimStart('0').PadLeft(2),
            'm' => Format("MM"),
            'Y' => Format("yyyy"),
            'y' => Format("yy"),
            'b' or 'h' => Format("MMM"),
            'B' => Format("MMMM"),
            'a' => Format("ddd"),
            'A' => Format("dddd"),
            'H' => Format("HH"),
            'I' => Format("hh"),
            'M' => Format("mm"),
            'S' => Format("ss"),
            'f' => Format("ffffff"),
            'p' => Format("tt"),
            'j' => date.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'w' => ((int)date.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'u' => (date.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)date.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'F' => Format("yyyy-MM-dd"),
            'T' => Format("HH:mm:ss"),
            'D' => Format("MM'/'dd'/'yy"),
            'R' => Format("HH:mm"),
            'c' => Format("ddd MMM ") + Part(date, 'e') + Format(" HH:mm:ss yyyy"),
            'x' => Format("MM'/'dd'/'yy"),
            'X' => Format("HH:mm:ss"),
            'Z' or 'z' => "", // datetime.now() knows no zone
            '%' => "%",
            _ => throw new TemplateException(0, $"asks for the date's part '%{directive}', which is not known"),
        };
    }
}
