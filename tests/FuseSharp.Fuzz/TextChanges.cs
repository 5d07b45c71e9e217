using System.Text.RegularExpressions;

namespace FuseSharp.Fuzz;

/// <summary>Changes to texts that follow their structure: values of other types, numbers beyond bounds, names twice, deep nesting, half surrogates.</summary>
/// <param name="random">Draws them.</param>
internal sealed partial class TextChanges(Random random)
{
    private static readonly string[] _jsonValues =
        ["null", "true", "0", "-1", "2147483648", "9223372036854775808", "1e308", "1e400", "0.5", "\"\"", "\"\\ud800\"", "\"\\udc00x\"", "\"a\\u0000b\"", "[]", "{}", "[[]]", "{\"a\":1}", "[null]", "NaN", "\"50000\""];

    private static readonly string[] _yaml = ["[", "]", "{", "}", "&a ", "*a", "? ", "!x ", "''", "\"\\ud800\"", "\t", "- ", ": ", "null", "~", "1e400", "-1", "[*a]", "<<: *a", "|\n", "---\n", "...\n", "\"a\\0b\""];

    private static readonly string[] _templates =
    [
        "{{ messages }}", "{{ messages[0].content }}", "{% for m in messages %}", "{% endfor %}", "{% if x %}", "{% else %}", "{% endif %}", "{% set x = messages[0].content * 9 %}", "{% set x = x ~ x %}", "{{ x|tojson }}", "|length", "|upper", "|sort", "|map('upper')", "|join('x')",
        "|batch(3)", "|indent(99)", "|int", "[::9223372036854775807]", "[-1:]", "** 99", "* -1", "// 0", "% 0", "9223372036854775807", "-", "(", ")", "[", "]", "{", "}", "|", "~", " in ", " is ", "not ", "{% macro f(a=1) %}", "{% endmacro %}", "{{ f(f) }}", "{% call f() %}", "{% endcall %}",
        "{% raw %}", "{% endraw %}", "{#", "#}", "\"\\ud800\"", "'\\x'", "\ud83d\ude00", "range(99999)", "namespace(a=1)", "dict(a=1)", "loop.index", "strftime_now('%Y')", "{{- ", " -}}", "\r\n", "{% with a=1 %}", "{% endwith %}", "{% filter upper %}", "{% endfilter %}", "'%s' % x",
    ];

    /// <summary>A changed text.</summary>
    public string Change(string text, InputKind kind)
    {
        if (random.Next(40) == 0)
        {
            return Nested(text, kind);
        }

        return kind switch
        {
            InputKind.Json when random.Next(4) > 0 => Json(text),
            InputKind.Yaml when random.Next(3) > 0 => Inserted(text, _yaml),
            InputKind.Template when random.Next(3) > 0 => Inserted(text, _templates),
            _ => Lines(text),
        };
    }

    private string Json(string text)
    {
        var values = JsonValue().Matches(text);
        if (values.Count == 0)
        {
            return Pick(_jsonValues);
        }

        var chosen = values[random.Next(values.Count)];
        string other = random.Next(4) == 0 ? values[random.Next(values.Count)].Value : Pick(_jsonValues);
        if (random.Next(4) == 0 && JsonField().Matches(text) is { Count: > 0 } fields)
        {
            var field = fields[random.Next(fields.Count)];
            return text.Insert(field.Index, $"{field.Value}{other},"); // the name twice
        }

        return string.Concat(text.AsSpan(0, chosen.Index), other, text.AsSpan(chosen.Index + chosen.Length));
    }

    private string Inserted(string text, string[] pieces)
    {
        int at = random.Next(text.Length + 1);
        int end = random.Next(3) == 0 ? Math.Min(text.Length, at + random.Next(12)) : at;
        return string.Concat(text.AsSpan(0, at), Pick(pieces), text.AsSpan(end));
    }

    private string Lines(string text)
    {
        var lines = text.Split('\n').ToList();
        int at = random.Next(lines.Count);
        switch (random.Next(4))
        {
            case 0:
                lines.Insert(random.Next(lines.Count + 1), lines[at]);
                break;
            case 1:
                lines.RemoveAt(at);
                break;
            case 2:
                lines[at] = new string(' ', random.Next(8)) + lines[at].TrimStart();
                break;
            default:
                lines[at] += Pick(["\"", ",", "\0", "\ufffe", "\r", "\u2028", "\\"]);
                break;
        }

        return string.Join('\n', lines);
    }

    private string Nested(string text, InputKind kind)
    {
        int depth = random.Next(2) == 0 ? 100 : 20_000;
        int at = random.Next(text.Length + 1);
        string open = kind switch { InputKind.Template => Pick(["{{ (", "{% if 1 %}", "{{ -", "{{ [", "{{ 1 + 1", "{{ not "]), InputKind.Json => Pick(["[", "{\"a\":"]), _ => Pick(["[", "{a: ", "- ", "? "]) };
        return text.Insert(at, string.Concat(Enumerable.Repeat(open, depth)));
    }

    private string Pick(string[] from) => from[random.Next(from.Length)];

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"|-?[0-9][-+.eE0-9]*|true|false|null")]
    private static partial Regex JsonValue();

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"\\s*:")]
    private static partial Regex JsonField();
}
