namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Methods of texts, lists and mappings that templates call as in Python.</summary>
internal static class TemplateMethods
{
    /// <summary>A method bound to its owner, or null where there is none of the name.</summary>
    public static TemplateFunction? Find(TemplateRun run, object? owner, string name)
        => owner switch
        {
            string text => TextMethods.Find(run, text, name),
            TemplateMapping { IsNamespace: false } mapping => OfMapping(run, mapping, name),
            List<object?> list => OfList(run, list, name),
            _ => null,
        };

    private static TemplateFunction? OfMapping(TemplateRun run, TemplateMapping mapping, string name)
        => name switch
        {
            "items" or "keys" or "values" or "copy" or "get" => Bound(run, mapping, name),
            _ => null,
        };

    // Apart, so that a key that is no method takes no memory.
    private static TemplateFunction Bound(TemplateRun run, TemplateMapping mapping, string name)
        => (values, named) => name switch
        {
            "items" => Entries(run, mapping),
            "keys" => run.Counted([.. mapping.Keys]),
            "values" => run.Counted([.. mapping.Values]),
            "copy" => Copied(run, mapping),
            _ => new FilterArguments(name, values, named).In("key", "default") is var given
                && given[0] is string key && mapping.TryGetValue(key, out object? value) ? value : given[1] is Undefined ? null : given[1],
        };

    private static List<object?> Entries(TemplateRun run, TemplateMapping mapping)
    {
        run.CountItems(4L * mapping.Count);
        return [.. mapping.Select(e => new TemplateTuple([e.Key, e.Value]))];
    }

    private static TemplateFunction? OfList(TemplateRun run, List<object?> list, string name)
        => name switch
        {
            "index" => (values, _) => list.FindIndex(i => TemplateOperators.AreEqual(run, i, values.ElementAtOrDefault(0))) is >= 0 and var at ? (long)at
                : throw new TemplateException(0, "asks for the place of what a list does not hold"),
            "count" => (values, _) => (long)list.Count(i => TemplateOperators.AreEqual(run, i, values.ElementAtOrDefault(0))),
            "copy" when list is not TemplateTuple => (_, _) => run.Counted([.. list]),
            _ => null,
        };

    private static TemplateMapping Copied(TemplateRun run, TemplateMapping mapping)
    {
        run.CountItems(mapping.Count);
        var copy = new TemplateMapping();
        foreach (var (key, value) in mapping)
        {
            copy[key] = value;
        }

        return copy;
    }
}
