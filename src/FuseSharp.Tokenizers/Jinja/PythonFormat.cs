using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Python's <c>'%s' % value</c>.</summary>
internal static partial class PythonFormat
{
    private const int Widest = 1000;

    /// <summary>A text with its directives replaced.</summary>
    /// <param name="run">Counts what is made.</param>
    /// <param name="format">The text.</param>
    /// <param name="values">A tuple for several directives, a mapping for named ones, else the value of the only one.</param>
    public static string Percent(TemplateRun run, string format, object? values)
    {
        var queue = new Queue<object?>(values is TemplateTuple tuple ? tuple : [values]);
        var text = new StringBuilder();
        int at = 0;
        foreach (Match match in Directive().Matches(format))
        {
            text.Append(format, at, match.Index - at);
            at = match.Index + match.Length;
            string kind = match.Groups["kind"].Value;
            if (kind == "%")
            {
                text.Append('%');
                continue;
            }

            object? value = match.Groups["name"] is { Success: true } name
                ? values is TemplateMapping mapping && mapping.TryGetValue(name.Value, out object? named) ? named : throw new TemplateException(0, $"formats '{name.Value}', which it is not given")
                : queue.TryDequeue(out object? next) ? next : throw new TemplateException(0, "formats more values than it is given");
            text.Append(run.Counted(Padded(match, One(run, kind, match.Groups["precision"].Value, value))));
        }

        text.Append(format, at, format.Length - at);
        return queue.Count == 0 || values is TemplateMapping or (List<object?> and not TemplateTuple) ? run.Counted(text.ToString()) : throw new TemplateException(0, "formats fewer values than it is given");
    }

    private static string One(TemplateRun run, string kind, string precision, object? value)
    {
        int digits = precision.Length == 0 ? 6 : Bounded(precision);
        return kind switch
        {
            "s" => Cut(run.Text(value), precision),
            "r" => Cut(ValueWriter.Representation(run, value), precision),
            "d" or "i" => PythonNumber.From(value) is { } number && Math.Abs(number) < 9e18 ? (PythonNumber.Whole(value) ?? (long)number).ToString(CultureInfo.InvariantCulture) : throw Unfit(kind, value),
            "x" or "X" => PythonNumber.Whole(value) is { } whole ? (whole < 0 ? "-" : "") + Math.Abs(whole).ToString(kind, CultureInfo.InvariantCulture) : throw Unfit(kind, value),
            "f" or "F" => PythonNumber.From(value) is { } real ? real.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : throw Unfit(kind, value),
            _ => throw new TemplateException(0, $"formats with '%{kind}'; known are s, r, d, i, x, X, f and F"),
        };
    }

    private static string Cut(string text, string precision) => precision.Length == 0 ? text : text[..PythonText.OffsetOf(text, Bounded(precision))];

    private static int Bounded(string number)
        => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= Widest ? value
            : throw new TemplateException(0, FormattableString.Invariant($"formats to more than {Widest} characters"));

    private static string Padded(Match match, string text)
    {
        string flags = match.Groups["flags"].Value;
        int width = match.Groups["width"].Value is { Length: > 0 } number ? Bounded(number) : 0;
        bool isNumber = match.Groups["kind"].Value is not ("s" or "r");
        if (isNumber && flags.Contains('+', StringComparison.Ordinal) && text[0] != '-')
        {
            text = "+" + text;
        }

        int missing = Math.Max(0, width - PythonText.Length(text));
        return flags.Contains('-', StringComparison.Ordinal) ? text + new string(' ', missing)
            : isNumber && flags.Contains('0', StringComparison.Ordinal) ? (text[0] is '-' or '+' ? text[0] + new string('0', missing) + text[1..] : new string('0', missing) + text)
            : new string(' ', missing) + text;
    }

    private static TemplateException Unfit(string kind, object? value) => new(0, $"formats {TemplateValues.KindOf(value)} with '%{kind}'");

    [GeneratedRegex(@"%(?:\((?<name>[^)]*)\))?(?<flags>[-+0 #]*)(?<width>\d*)(?:\.(?<precision>\d*))?(?<kind>.?)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Directive();
}
