namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Filters on lists.</summary>
internal static class ListFilters
{
    /// <summary>Applies one.</summary>
    /// <returns>Whether it is one of them.</returns>
    public static bool Apply(TemplateRun run, string name, object? value, FilterArguments arguments, out object? result)
    {
        List<object?> Items() => TemplateValues.Items(run, value);
        result = name switch
        {
            "join" => Joined(run, Items(), arguments.In("d", "attribute")),
            "first" => Items() is [var first, ..] ? first : Undefined.Value,
            "last" => Items() is [.., var last] ? last : Undefined.Value,
            "list" => run.Counted([.. Items()]),
            "reverse" when value is string => string.Concat(Items().AsEnumerable().Reverse().Cast<string>()),
            "reverse" => run.Counted([.. Items().AsEnumerable().Reverse()]),
            "unique" => Unique(run, Items(), arguments.In("case_sensitive", "attribute")),
            "sort" => arguments.In("reverse", "case_sensitive", "attribute") is var given ? Sorted(run, Items(), Keys(run, given[2], given[1]), TemplateValues.IsTrue(given[0])) : null,
            "dictsort" => Entries(run, value, arguments.In("case_sensitive", "by", "reverse")),
            "max" or "min" => Extreme(run, Items(), arguments.In("case_sensitive", "attribute"), name == "max" ? 1 : -1),
            "sum" => arguments.In("attribute", "start") is var sum ? Items().Aggregate(sum[1] is Undefined ? 0L : sum[1], (all, item) => TemplateOperators.Apply(run, "+", all, sum[0] is Undefined or null ? item : TemplateValues.Attribute(run, item, sum[0]))) : null,
            "batch" => Batches(run, Items(), arguments.In("linecount", "fill_with")),
            "groupby" => Groups(run, Items(), arguments.In("attribute", "default", "case_sensitive")),
            _ => Undefined.Value,
        };
        return result is not Undefined || name is "first" or "last" or "max" or "min";
    }

    private static string Joined(TemplateRun run, List<object?> items, object?[] given)
    {
        string separator = given[0] is Undefined ? "" : run.Text(given[0]);
        return run.Joined(separator, given[1] is Undefined or null ? items : items.Select(i => TemplateValues.Attribute(run, i, given[1])));
    }

    // What items are ordered by: several attributes with commas between, letters without their case unless it matters.
    private static Func<object?, object?> Keys(TemplateRun run, object? attribute, object? isCaseSensitive)
    {
        bool isSensitive = TemplateValues.IsTrue(isCaseSensitive);
        object? Lowered(object? key) => key is string text && !isSensitive ? run.Counted(PythonCase.Lower(text)) : key;
        return attribute switch
        {
            Undefined or null => Lowered,
            string names when names.Contains(',', StringComparison.Ordinal) => item => new TemplateTuple(names.Split(',').Select(n => Lowered(TemplateValues.Attribute(run, item, n)))),
            _ => item => Lowered(TemplateValues.Attribute(run, item, attribute)),
        };
    }

    private static List<object?> Sorted(TemplateRun run, List<object?> items, Func<object?, object?> key, bool isReversed)
    {
        run.CountItems(2L * items.Count);
        var comparer = Comparer<object?>.Create((a, b) => TemplateOperators.Order(run, a, b));
        try
        {
            return [.. isReversed ? items.OrderByDescending(key, comparer) : items.OrderBy(key, comparer)];
        }
        catch (InvalidOperationException fault) when (fault.InnerException is TemplateException reason)
        {
            throw new TemplateException(reason.Line, reason.Message);
        }
    }

    private static List<object?> Entries(TemplateRun run, object? value, object?[] given)
    {
        string by = given[1] as string ?? "key";
        int place = by switch { "key" => 0, "value" => 1, _ => throw new TemplateException(0, "sorts a mapping by what is neither 'key' nor 'value'") };
        var entries = TemplateMethods.Find(run, value, "items")?.Invoke([], new Dictionary<string, object?>()) as List<object?> ?? throw TemplateFilters.Unfit("dictsort");
        var key = Keys(run, (long)place, given[0]);
        return Sorted(run, entries, key, TemplateValues.IsTrue(given[2]));
    }

    private static object? Extreme(TemplateRun run, List<object?> items, object?[] given, int sign)
    {
        if (items.Count == 0)
        {
            return Undefined.Value;
        }

        var key = Keys(run, given[1], given[0]);
        return items.Aggregate((best, item) => sign * TemplateOperators.Order(run, key(item), key(best)) > 0 ? item : best);
    }

    private static List<object?> Unique(TemplateRun run, List<object?> items, object?[] given)
    {
        var key = Keys(run, given[1], given[0]);
        var kept = new List<object?>();
        var keys = new List<object?>();
        foreach (object? item in items)
        {
            object? own = key(item);
            if (!keys.Exists(k => TemplateOperators.AreEqual(run, k, own)))
            {
                keys.Add(own);
                kept.Add(item);
            }
        }

        return run.Counted(kept);
    }

    private static List<object?> Batches(TemplateRun run, List<object?> items, object?[] given)
    {
        int size = TemplateFilters.Size(given[0], 0);
        if (size < 1)
        {
            throw new TemplateException(0, "cuts a list into batches of no items");
        }

        run.CountItems(2L * items.Count);
        return [.. items.Chunk(size).Select(chunk => (object?)(given[1] is Undefined or null ? chunk.ToList() : [.. chunk, .. Enumerable.Repeat(given[1], run.CountedItems(size - chunk.Length))]))];
    }

    private static List<object?> Groups(TemplateRun run, List<object?> items, object?[] given)
    {
        if (given[0] is Undefined)
        {
            throw TemplateFilters.Unfit("groupby");
        }

        object? Member(object? item) => TemplateValues.Attribute(run, item, given[0]) is var member && member is Undefined ? given[1] : member;
        var key = Keys(run, null, given[2]);
        var groups = new List<object?>();
        object? last = Undefined.Value;
        List<object?> group = [];
        foreach (object? item in Sorted(run, items, i => key(Member(i)), isReversed: false))
        {
            object? own = key(Member(item));
            if (groups.Count == 0 || !TemplateOperators.AreEqual(run, own, last))
            {
                group = [];
                groups.Add(new TemplateTuple([Member(item), group]));
                last = own;
            }

            group.Add(item);
        }

        return groups;
    }
}
