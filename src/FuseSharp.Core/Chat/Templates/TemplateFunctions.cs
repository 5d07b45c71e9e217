using System.Globalization;
using System.Text;

namespace FuseSharp.Core.Chat.Templates;

/// <summary>The functions that templates find without being given them, as in Hugging Face.</summary>
internal static class TemplateFunctions
{
    private const long LongestRange = 100_000;

    /// <summary>By name.</summary>
    public static Dictionary<string, TemplateFunction> Of(TemplateRun run, DateTimeOffset today)
        => new(StringComparer.Ordinal)
        {
            ["raise_exception"] = (values, _) => throw new TemplateException(0, $"refuses this conversation: {run.Text(values.ElementAtOrDefault(0))}"),
            ["strftime_now"] = (values, _) => Date(today, run.Text(values.ElementAtOrDefault(0))),
            ["range"] = (values, _) => Range([.. values.Select(v => v is long number ? number : throw new TemplateException(0, "asks for a range of what is no whole number"))]),
            ["namespace"] = (_, named) => Mapping(named, isNamespace: true),
            ["dict"] = (_, named) => Mapping(named, isNamespace: false),
        };

    private static TemplateMapping Mapping(IReadOnlyDictionary<string, object?> named, bool isNamespace)
    {
        var mapping = new TemplateMapping(isNamespace);
        foreach (var (name, value) in named)
        {
            mapping[name] = value;
        }

        return mapping;
    }

    private static List<object?> Range(long[] bounds)
    {
        var (start, end, step) = bounds switch
        {
            [var only] => (0L, only, 1L),
            [var first, var last] => (first, last, 1L),
            [var first, var last, var by] when by != 0 => (first, last, by),
            _ => throw new TemplateException(0, "asks for a range without a meaning"),
        };
        var numbers = new List<object?>();
        for (long number = start; step > 0 ? number < end : number > end; number += step)
        {
            numbers.Add(number);
            if (numbers.Count > LongestRange)
            {
                throw new TemplateException(0, FormattableString.Invariant($"asks for a range of more than {LongestRange} numbers"));
            }
        }

        return numbers;
    }

    // The directives that dates in templates use.
    private static string Date(DateTimeOffset date, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            text.Append(format[i] != '%' || i + 1 == format.Length ? format[i].ToString() : format[++i] switch
            {
                'd' => Of("dd"),
                'm' => Of("MM"),
                'Y' => Of("yyyy"),
                'y' => Of("yy"),
                'b' => Of("MMM"),
                'B' => Of("MMMM"),
                'a' => Of("ddd"),
                'A' => Of("dddd"),
                'H' => Of("HH"),
                'M' => Of("mm"),
                'S' => Of("ss"),
                '%' => "%",
                var other => throw new TemplateException(0, $"asks for the date's part '%{other}'; known are d, m, Y, y, b, B, a, A, H, M and S"),
            });
        }

        return text.ToString();

        string Of(string part) => date.ToString(part, CultureInfo.InvariantCulture);
    }
}
