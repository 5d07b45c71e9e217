using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FuseSharp.Core.Chat.Templates;

/// <summary>What templates do with values, as Python does.</summary>
internal static class TemplateValues
{
    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether a value counts as true.</summary>
    public static bool IsTrue(object? value)
        => value switch
        {
            null or Undefined or false or 0L or 0.0 or "" => false,
            List<object?> list => list.Count > 0,
            TemplateMapping mapping => mapping.Count > 0,
            _ => true,
        };

    /// <summary>How a value is written.</summary>
    public static string Text(TemplateRun run, object? value)
        => value switch
        {
            string text => text,
            Undefined => "",
            _ => Representation(run, value),
        };

    /// <summary>What to call a value in messages.</summary>
    public static string KindOf(object? value)
        => value switch
        {
            null => "none",
            Undefined => "something undefined",
            bool => "true or false",
            long or double => "a number",
            string => "a text",
            List<object?> => "a list",
            TemplateMapping => "a mapping",
            _ => "a function",
        };

    /// <summary>The items that a loop takes.</summary>
    public static List<object?> Items(object? value, int line)
        => value switch
        {
            List<object?> list => list,
            TemplateMapping mapping => [.. mapping.Keys],
            string text => [.. text.Select(c => c.ToString())],
            Undefined => [],
            _ => throw new TemplateException(line, $"goes through {KindOf(value)}"),
        };

    /// <summary>A member: of a mapping by key, of a list or text by place; methods of texts and mappings.</summary>
    public static object? Member(object? owner, object? key, TemplateRun run)
    {
        switch (owner, key)
        {
            case (TemplateMapping mapping, string name) when mapping.TryGetValue(name, out object? value):
                return value;
            case (List<object?> list, long place):
                return place < list.Count && place >= -list.Count ? list[(int)(place < 0 ? place + list.Count : place)] : Undefined.Value;
            case (string text, long place):
                return place < text.Length && place >= -text.Length ? text[(int)(place < 0 ? place + text.Length : place)].ToString() : Undefined.Value;
            case (string or TemplateMapping, string name):
                return TemplateMethods.Find(owner, name, run) ?? (object)Undefined.Value;
            case (Undefined or null, _):
                throw new TemplateException(0, $"asks {KindOf(owner)} for '{run.Text(key)}'");
            default:
                return Undefined.Value;
        }
    }

    /// <summary>JSON as Python's <c>json.dumps</c> writes it.</summary>
    /// <param name="run">Counts what is written: a list can hold another one many times.</param>
    /// <param name="value">Any value but functions.</param>
    /// <param name="indent">Spaces a level; null for one line.</param>
    /// <param name="level">Of the value.</param>
    public static string Json(TemplateRun run, object? value, int? indent, int level = 0)
    {
        run.CountSize(value);
        string Break(int at) => indent is { } spaces ? "\n" + new string(' ', spaces * at) : "";
        string Listed(char open, char close, IReadOnlyList<string> items)
            => items.Count == 0 ? $"{open}{close}" : open + Break(level + 1) + string.Join(indent is null ? ", " : "," + Break(level + 1), items) + Break(level) + close;
        return value switch
        {
            null => "null",
            bool flag => flag ? "true" : "false",
            string text => JsonSerializer.Serialize(text, _json),
            List<object?> list => Listed('[', ']', [.. list.Select(i => Json(run, i, indent, level + 1))]),
            TemplateMapping mapping => Listed('{', '}', [.. mapping.Select(e => $"{JsonSerializer.Serialize(e.Key, _json)}: {Json(run, e.Value, indent, level + 1)}")]),
            long or double => Representation(run, value),
            _ => throw new TemplateException(0, $"writes {KindOf(value)} as JSON"),
        };
    }

    private static string Representation(TemplateRun run, object? value)
    {
        run.CountSize(value);
        return value switch
        {
            null => "None",
            bool flag => flag ? "True" : "False",
            long number => number.ToString(CultureInfo.InvariantCulture),
            double number => Math.Floor(number) == number && Math.Abs(number) < 1e16 ? number.ToString("F1", CultureInfo.InvariantCulture) : number.ToString("R", CultureInfo.InvariantCulture),
            string text => Quoted(text),
            List<object?> list => run.Counted($"[{string.Join(", ", list.Select(i => Representation(run, i)))}]"),
            TemplateMapping mapping => run.Counted($"{{{string.Join(", ", mapping.Select(e => $"{Quoted(e.Key)}: {Representation(run, e.Value)}"))}}}"),
            _ => "",
        };
    }

    private static string Quoted(string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        return new StringBuilder().Append(quote).Append(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace(quote.ToString(), "\\" + quote, StringComparison.Ordinal)).Append(quote).ToString();
    }
}
