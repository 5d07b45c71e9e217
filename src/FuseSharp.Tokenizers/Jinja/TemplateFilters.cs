namespace FuseSharp.Tokenizers.Jinja;

/// <summary>What can stand behind <c>|</c>.</summary>
internal static class TemplateFilters
{
    private const int Widest = 10_000;

    /// <summary>The value behind a filter.</summary>
    public static object? Apply(TemplateRun run, string name, object? value, FilterArguments arguments)
    {
        run.Count(0);
        run.CountSize(value);
        object? result = Value(run, name, value, arguments);
        run.CountSize(result);
        return result;
    }

    private static object? Value(TemplateRun run, string name, object? value, FilterArguments arguments)
        => name switch
        {
            "attr" => arguments.In("name") is [string member] ? (value is TemplateMapping { IsNamespace: false } ? TemplateMethods.Find(run, value, member) ?? (object)Undefined.Value : TemplateValues.Member(run, value, member)) : throw Unfit(name),
            "default" or "d" => arguments.In("default_value", "boolean") is var given && (value is Undefined || (TemplateValues.IsTrue(given[1]) && !TemplateValues.IsTrue(value)))
                ? given[0] is Undefined ? "" : given[0] : value,
            "tojson" => Json(run, value, arguments.In("ensure_ascii", "indent", "separators", "sort_keys")),
            "length" or "count" => TemplateValues.Length(value),
            "int" or "float" when value is Undefined => throw new TemplateException(0, "makes a number of something undefined"),
            "int" => ToWhole(value, arguments.In("default", "base")),
            "float" => ToReal(value, arguments.In("default")),
            "abs" => value is double real ? (object)Math.Abs(real) : PythonNumber.Whole(value) is { } whole && whole != long.MinValue ? Math.Abs(whole) : throw Unfit(name),
            "round" => Rounded(value, arguments.In("precision", "method")),
            "map" => Mapped(run, value, arguments),
            "select" or "reject" => Chosen(run, value, null, arguments.Values, name == "select"),
            "selectattr" or "rejectattr" => Chosen(run, value, arguments.Values.Count > 0 ? arguments.Values[0] : throw Unfit(name), [.. arguments.Values.Skip(1)], name == "selectattr"),
            "format" => PythonFormat.Percent(run, run.Text(value), arguments.Named.Count > 0 ? Named(arguments.Named) : new TemplateTuple(arguments.Values)),
            "items" => value is Undefined ? new List<object?>() : TemplateMethods.Find(run, value, "items")?.Invoke([], arguments.Named) ?? throw Unfit(name),
            "truncate" or "indent" when value is not string => throw Unfit(name),
            _ => ListFilters.Apply(run, name, value, arguments, out object? listed) ? listed : OfText(run, name, run.Text(value), arguments),
        };

    private static object OfText(TemplateRun run, string name, string text, FilterArguments arguments)
        => name switch
        {
            "trim" => PythonText.Strip(text, arguments.In("chars")[0] as string, true, true),
            "upper" => PythonCase.Upper(text),
            "lower" => PythonCase.Lower(text),
            "capitalize" => PythonCase.Capitalized(text),
            "title" => TextFilters.Title(text),
            "string" or "safe" => text,
            "e" or "escape" or "forceescape" => TextFilters.Escaped(run, text),
            "replace" => TextFilters.Replaced(run, text, arguments.In("old", "new", "count")),
            "indent" => TextFilters.Indented(run, text, arguments.In("width", "first", "blank")),
            "center" => arguments.In("width") is [var width] ? TextFilters.Padded(run, text, Size(width, 80), 0) : "",
            "wordcount" => TextFilters.Words(text),
            "truncate" => TextFilters.Truncated(run, text, arguments.In("length", "killwords", "end", "leeway")),
            _ => throw new TemplateException(0, $"has the filter '{name}', which is not known"),
        };

    /// <summary>A size within bounds that no template needs to pass.</summary>
    internal static int Size(object? value, int otherwise)
        => value is Undefined ? otherwise : PythonNumber.Whole(value) is >= -Widest and <= Widest and var size ? (int)size
            : throw new TemplateException(0, FormattableString.Invariant($"gives {TemplateValues.KindOf(value)} for a size, expected a whole number of at most {Widest}"));

    /// <summary>A fault of what a filter is used on or given.</summary>
    internal static TemplateException Unfit(string name) => new(0, $"uses the filter '{name}' on what it cannot take");

    private static string Json(TemplateRun run, object? value, object?[] given)
    {
        string? indent = given[1] switch
        {
            null or Undefined => null,
            string text => text,
            var number => new string(' ', Math.Max(0, Size(number, 0))),
        };
        (string item, string key) = given[2] switch
        {
            null or Undefined => (indent is null ? ", " : ",", ": "),
            List<object?> and [string own, string ownKey] => (own, ownKey),
            _ => throw new TemplateException(0, "gives 'tojson' separators that are not a pair of texts"),
        };
        return new JsonDump(run, given[0] is not Undefined && TemplateValues.IsTrue(given[0]), indent, item, key, TemplateValues.IsTrue(given[3])).Of(value);
    }

    private static object? ToWhole(object? value, object?[] given)
    {
        object? otherwise = given[0] is Undefined ? 0L : given[0];
        return value switch
        {
            double real => double.IsFinite(real) && Math.Abs(real) < 9e18 ? (long)real : otherwise,
            string text => PythonNumber.Parse(text, PythonNumber.Whole(given[1]) is >= 2 and <= 36 and var radix ? radix : 10) ?? otherwise,
            _ => PythonNumber.Whole(value) ?? otherwise,
        };
    }

    private static object? ToReal(object? value, object?[] given)
        => (value is string text ? PythonNumber.ParseReal(text) : PythonNumber.From(value)) ?? (given[0] is Undefined ? 0.0 : given[0]);

    private static object Rounded(object? value, object?[] given)
    {
        int digits = Math.Clamp(Size(given[0], 0), -15, 15);
        string method = given[1] as string ?? "common";
        double factor = Math.Pow(10, digits);
        double number = PythonNumber.From(value) ?? throw Unfit("round");
        return method switch
        {
            "ceil" => (object)(Math.Ceiling(number * factor) / factor),
            "floor" => Math.Floor(number * factor) / factor,
            "common" when value is long or bool && digits >= 0 => PythonNumber.Whole(value)!.Value,
            "common" when digits >= 0 => (double)Math.Round((decimal)Math.Clamp(number, -1e13, 1e13), digits, MidpointRounding.ToEven) is var rounded && Math.Abs(number) < 1e13 ? rounded : number,
            "common" => Math.Round(number * factor, MidpointRounding.ToEven) / factor is var tens && value is long or bool ? (object)(long)tens : tens,
            _ => throw new TemplateException(0, $"rounds by '{method}'; known are common, ceil and floor"),
        };
    }

    private static TemplateMapping Named(IReadOnlyDictionary<string, object?> named)
    {
        var mapping = new TemplateMapping();
        foreach (var (key, value) in named)
        {
            mapping[key] = value;
        }

        return mapping;
    }

    private static List<object?> Mapped(TemplateRun run, object? value, FilterArguments arguments)
    {
        var items = ItemsOrNone(run, value);
        if (arguments.Values.Count == 0 && arguments.Named.TryGetValue("attribute", out object? attribute))
        {
            object? otherwise = arguments.Named.GetValueOrDefault("default");
            return [.. items.Select(i => TemplateValues.Attribute(run, i, attribute, otherwise))];
        }

        string filter = arguments.Values.Count > 0 ? run.Text(arguments.Values[0]) : throw new TemplateException(0, "uses 'map' without a filter");
        var inner = new FilterArguments(filter, [.. arguments.Values.Skip(1)], arguments.Named);
        return items.ConvertAll(i => Apply(run, filter, i, inner));
    }

    private static List<object?> Chosen(TemplateRun run, object? value, object? attribute, IReadOnlyList<object?> test, bool keeps)
    {
        return ItemsOrNone(run, value).FindAll(i => keeps == Holds(run, attribute is null ? i : TemplateValues.Attribute(run, i, attribute), test));
    }

    // What counts as false has no items for these filters, whatever it is.
    private static List<object?> ItemsOrNone(TemplateRun run, object? value)
    {
        var items = TemplateValues.IsTrue(value) ? TemplateValues.Items(run, value) : [];
        run.CountItems(items.Count);
        return items;
    }

    private static bool Holds(TemplateRun run, object? value, IReadOnlyList<object?> test)
        => test.Count == 0 ? TemplateValues.IsTrue(value) : TemplateTests.Holds(run, run.Text(test[0]), value, [.. test.Skip(1)]);
}
