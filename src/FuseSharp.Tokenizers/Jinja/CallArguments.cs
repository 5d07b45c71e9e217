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

    /// <summary>Their values.</summary>
    public (List<object?> Values, Dictionary<string, object?> Named) Evaluate(TemplateRun run)
    {
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
        return (values, named);
    }
}
