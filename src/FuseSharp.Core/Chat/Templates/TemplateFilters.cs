using System.Globalization;

namespace FuseSharp.Core.Chat.Templates;

/// <summary>What can stand behind <c>|</c>.</summary>
internal static class TemplateFilters
{
    /// <summary>The value behind a filter.</summary>
    public static object? Apply(TemplateRun run, string name, object? value, IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named)
    {
        object? Argument(int place, string key) => place < arguments.Count ? arguments[place] : named.GetValueOrDefault(key);
        string Text() => run.Text(value);
        List<object?> Items() => TemplateValues.Items(value, 0);
        return name switch
        {
            "trim" => Argument(0, "chars") is string characters ? Text().Trim(characters.ToCharArray()) : Text().Trim(),
            "upper" => Text().ToUpperInvariant(),
            "lower" => Text().ToLowerInvariant(),
            "capitalize" => TemplateMethods.Capitalized(Text()),
            "title" => TemplateMethods.Title(Text()),
            "string" or "safe" => Text(),
            "e" or "escape" => System.Net.WebUtility.HtmlEncode(Text()),
            "length" or "count" => (long)(value is string text ? text.Length : Items().Count),
            "default" or "d" => value is Undefined || (Argument(1, "boolean") is true && !TemplateValues.IsTrue(value)) ? Argument(0, "default_value") ?? "" : value,
            "tojson" => TemplateValues.Json(run, value, Argument(0, "indent") is long indent ? (int)Math.Clamp(indent, 0, 16) : null),
            "replace" => TemplateMethods.Replaced(run, Text(), run.Text(Argument(0, "s")), run.Text(Argument(1, "new"))),
            "join" => string.Join(Argument(0, "d") as string ?? "", Attributes(run, Items(), Argument(1, "attribute")).Select(run.Text)),
            "first" => Items() is [var first, ..] ? first : Undefined.Value,
            "last" => Items() is [.., var last] ? last : Undefined.Value,
            "list" => (List<object?>)[.. Items()],
            "reverse" => value is string forward ? string.Concat(forward.Reverse()) : (List<object?>)[.. Items().AsEnumerable().Reverse()],
            "unique" => Items().Aggregate(new List<object?>(), (kept, item) => kept.Exists(k => TemplateOperators.AreEqual(run, k, item)) ? kept : [.. kept, item]),
            "sort" => (List<object?>)[.. Items().OrderBy(run.Text, StringComparer.Ordinal)],
            "items" or "dictsort" => TemplateMethods.Find(value ?? "", "items", run)?.Invoke([], named) ?? throw new TemplateException(0, $"asks for the items of {TemplateValues.KindOf(value)}"),
            "int" => Number(value) is { } whole ? (long)whole : 0L,
            "float" => Number(value) ?? 0.0,
            "abs" => value is long number ? (object)Math.Abs(number) : Math.Abs(Number(value) ?? 0),
            "round" => Math.Round(Number(value) ?? 0, MidpointRounding.AwayFromZero),
            "sum" => Attributes(run, Items(), Argument(0, "attribute")).Aggregate((object?)0L, (sum, item) => TemplateOperators.Apply(run, "+", sum, item)),
            "indent" => Indented(run, Text(), Argument(0, "width") is long width ? (int)Math.Clamp(width, 0, 64) : 4, Argument(1, "first") is true),
            "map" => Mapped(run, Items(), arguments, named),
            "select" => Chosen(run, Items(), null, arguments, true),
            "reject" => Chosen(run, Items(), null, arguments, false),
            "selectattr" => Chosen(run, Items(), arguments.ElementAtOrDefault(0), [.. arguments.Skip(1)], true),
            "rejectattr" => Chosen(run, Items(), arguments.ElementAtOrDefault(0), [.. arguments.Skip(1)], false),
            _ => throw new TemplateException(0, $"has the filter '{name}', which is not known"),
        };
    }

    private static List<object?> Mapped(TemplateRun run, List<object?> items, IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named)
        => named.GetValueOrDefault("attribute") is { } attribute
            ? [.. Attributes(run, items, attribute)]
            : items.Select(i => Apply(run, run.Text(arguments.ElementAtOrDefault(0)), i, [.. arguments.Skip(1)], named)).ToList();

    private static List<object?> Chosen(TemplateRun run, List<object?> items, object? attribute, IReadOnlyList<object?> test, bool keeps)
        => items.Where(i => keeps == Holds(run, attribute is null ? i : TemplateValues.Member(i, attribute, run), test)).ToList();

    private static bool Holds(TemplateRun run, object? value, IReadOnlyList<object?> test)
    {
        run.Count(0);
        return test.Count == 0 ? TemplateValues.IsTrue(value)
            : TemplateTests.Holds(run, test[0] switch { "==" => "eq", "!=" => "ne", var name => run.Text(name) }, value, [.. test.Skip(1)]);
    }

    private static IEnumerable<object?> Attributes(TemplateRun run, List<object?> items, object? attribute)
        => attribute is null ? items : items.Select(i => TemplateValues.Member(i, attribute, run));

    private static string Indented(TemplateRun run, string text, int width, bool isFirstToo)
    {
        string space = new(' ', width);
        return (isFirstToo ? space : "") + string.Join('\n', text.Split('\n').Select((line, i) => i == 0 || line.Length == 0 ? line : space + line));
    }

    private static double? Number(object? value)
        => value switch
        {
            long number => number,
            double number => number,
            bool flag => flag ? 1 : 0,
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
            _ => null,
        };
}
