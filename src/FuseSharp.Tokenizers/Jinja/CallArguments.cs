namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Arguments of a call, not yet evaluated.</summary>
/// <param name="Values">By place.</param>
/// <param name="Named">By name.</param>
/// <param name="More">A list of further ones, behind <c>*</c>.</param>
/// <param name="MoreNamed">A mapping of further ones, behind <c>**</c>.</param>
internal sealed record CallArguments(IReadOnlyList<Expression> Values, IReadOnlyList<(string Name, Expression Value)> Named, Expression? More = null, Expression? MoreNamed = null)
{
    /// <summary>No arguments.</summary>
    public static readonly CallArguments None = new([], []);

    private static readonly Dictionary<string, object?> _noNamed = [];

    /// <summary>Their values.</summary>
    /// <param name="run">Counts.</param>
    /// <param name="caller">A block of a template that the function can write with <c>caller()</c>; null for none.</param>
    public (IReadOnlyList<object?> Values, IReadOnlyDictionary<string, object?> Named) Evaluate(TemplateRun run, TemplateFunction? caller = null)
    {
        if (More is null && MoreNamed is null && Named.Count == 0 && caller is null)
        {
            return (Values.Count == 0 ? [] : Values.Select(v => v.Evaluate(run)).ToArray(), _noNamed); // nearly all calls, filters and tests
        }

        var values = Values.Select(v => v.Evaluate(run)).ToList();
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (More is not null)
        {
            values.AddRange(run.Counted([.. TemplateValues.Items(run, More.Evaluate(run))]));
        }

        object? further = MoreNamed?.Evaluate(run);
        if (further is not (null or TemplateMapping))
        {
            throw new TemplateException(MoreNamed!.Line, $"has '**' before {TemplateValues.KindOf(further)}");
        }

        foreach (var (name, value) in Named.Select(n => (n.Name, n.Value.Evaluate(run))).Concat((further as TemplateMapping ?? []).Select(e => (e.Key, e.Value))))
        {
            if (!named.TryAdd(name, value))
            {
                throw new TemplateException(0, $"gives the argument '{name}' twice");
            }
        }

        run.CountItems(named.Count);
        if (caller is not null)
        {
            named["caller"] = caller;
        }

        return (values, named);
    }
}
