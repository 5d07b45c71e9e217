namespace FuseSharp.Core.Chat.Templates;

/// <summary>What has a value. Values are null (none), <see cref="Undefined"/>, bool, long, double, string, List&lt;object?&gt;,
/// <see cref="TemplateMapping"/> and <see cref="TemplateFunction"/>.</summary>
internal abstract record Expression
{
    /// <summary>Its value.</summary>
    public abstract object? Evaluate(TemplateRun run);
}

/// <summary>The value of a name or member that does not exist.</summary>
internal sealed class Undefined
{
    /// <summary>The only one.</summary>
    public static readonly Undefined Value = new();
}

/// <summary>Keys to values in the order in which they were written.</summary>
/// <param name="isNamespace">Whether <c>set x.y = …</c> may change it.</param>
internal sealed class TemplateMapping(bool isNamespace = false) : Dictionary<string, object?>(StringComparer.Ordinal)
{
    /// <summary>Whether <c>set x.y = …</c> may change it.</summary>
    public bool IsNamespace => isNamespace;
}

/// <summary>Something that can be called.</summary>
/// <param name="values">By place.</param>
/// <param name="named">By name.</param>
internal delegate object? TemplateFunction(IReadOnlyList<object?> values, IReadOnlyDictionary<string, object?> named);

/// <summary>Arguments of a call, not yet evaluated.</summary>
internal sealed record CallArguments(IReadOnlyList<Expression> Values, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static readonly CallArguments None = new([], []);

    public (object?[] Values, Dictionary<string, object?> Named) Evaluate(TemplateRun run)
        => ([.. Values.Select(v => v.Evaluate(run))], Named.ToDictionary(n => n.Name, n => n.Value.Evaluate(run), StringComparer.Ordinal));
}

internal sealed record ConstantExpression(object? Value) : Expression
{
    public override object? Evaluate(TemplateRun run) => Value;
}

internal sealed record NameExpression(string Name) : Expression
{
    public override object? Evaluate(TemplateRun run) => run.Find(Name);
}

internal sealed record ListExpression(IReadOnlyList<Expression> Items) : Expression
{
    public override object? Evaluate(TemplateRun run) => run.Counted(Items.Select(i => i.Evaluate(run)).ToList());
}

internal sealed record MappingExpression(IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression
{
    public override object? Evaluate(TemplateRun run)
    {
        var mapping = new TemplateMapping();
        foreach (var (key, value) in Entries)
        {
            mapping[run.Text(key.Evaluate(run))] = value.Evaluate(run);
        }

        return mapping;
    }
}

internal sealed record ChoiceExpression(Expression Condition, Expression Then, Expression? Otherwise) : Expression
{
    public override object? Evaluate(TemplateRun run)
        => TemplateValues.IsTrue(Condition.Evaluate(run)) ? Then.Evaluate(run) : Otherwise is null ? Undefined.Value : Otherwise.Evaluate(run);
}

internal sealed record NotExpression(Expression Operand) : Expression
{
    public override object? Evaluate(TemplateRun run) => !TemplateValues.IsTrue(Operand.Evaluate(run));
}

internal sealed record OperatorExpression(int Line, string Sign, Expression Left, Expression Right) : Expression
{
    public override object? Evaluate(TemplateRun run)
    {
        run.Count(Line);
        object? left = Left.Evaluate(run);
        return Sign switch
        {
            "and" => TemplateValues.IsTrue(left) ? Right.Evaluate(run) : left,
            "or" => TemplateValues.IsTrue(left) ? left : Right.Evaluate(run),
            _ => TemplateOperators.Apply(run, Sign, left, Right.Evaluate(run)),
        };
    }
}

internal sealed record MemberExpression(int Line, Expression Owner, Expression Key) : Expression
{
    public override object? Evaluate(TemplateRun run)
    {
        run.Count(Line);
        object? owner = Owner.Evaluate(run);
        object? key = Key.Evaluate(run);
        if (key is string && owner is string or TemplateMapping)
        {
            run.CountSize(owner); // a method goes through all of it
        }

        return TemplateValues.Member(owner, key, run);
    }
}

internal sealed record SliceExpression(int Line, Expression Owner, Expression? First, Expression? End, Expression? Step) : Expression
{
    public override object? Evaluate(TemplateRun run)
    {
        run.Count(Line);
        long? Bound(Expression? bound) => bound?.Evaluate(run) switch { null => null, long number => number, _ => throw new TemplateException(Line, "cuts a list at what is no whole number") };
        return Owner.Evaluate(run) switch
        {
            string text => run.Counted(string.Concat(Indices(text.Length, Bound(First), Bound(End), Bound(Step)).Select(i => text[i]))),
            List<object?> list => run.Counted(Indices(list.Count, Bound(First), Bound(End), Bound(Step)).Select(i => list[i]).ToList()),
            _ => throw new TemplateException(Line, "cuts a part out of what is neither text nor list"),
        };
    }

    // Python's rules: negative places count from the end, and what lies outside is cut.
    private IEnumerable<int> Indices(int length, long? first, long? end, long? step)
    {
        long stride = step ?? 1;
        if (stride == 0)
        {
            throw new TemplateException(Line, "cuts a list with the step 0");
        }

        long low = stride > 0 ? 0 : -1;
        long high = stride > 0 ? length : length - 1;
        long Place(long? bound, long otherwise) => bound is not { } place ? otherwise : Math.Clamp(place < 0 ? place + length : place, low, high);
        long stop = Place(end, stride > 0 ? high : low);
        for (long i = Place(first, stride > 0 ? low : high); stride > 0 ? i < stop : i > stop; i += stride)
        {
            yield return (int)i;
        }
    }
}

internal sealed record CallExpression(int Line, Expression Function, CallArguments Arguments) : Expression
{
    public override object? Evaluate(TemplateRun run)
    {
        run.Count(Line);
        var (values, named) = Arguments.Evaluate(run);
        return Function.Evaluate(run) is TemplateFunction function ? run.Call(() => function(values, named))
            : throw new TemplateException(Line, $"calls '{(Function as NameExpression)?.Name ?? ((Function as MemberExpression)?.Key as ConstantExpression)?.Value}', which is no function that is known");
    }
}

internal sealed record FilterExpression(int Line, string Name, Expression Operand, CallArguments Arguments) : Expression
{
    public override object? Evaluate(TemplateRun run)
    {
        run.Count(Line);
        object? operand = Operand.Evaluate(run);
        var (values, named) = Arguments.Evaluate(run);
        run.CountSize(operand);
        object? result = TemplateFilters.Apply(run, Name, operand, values, named);
        run.CountSize(result);
        return result;
    }
}

internal sealed record TestExpression(int Line, string Name, Expression Operand, CallArguments Arguments) : Expression
{
    public override object? Evaluate(TemplateRun run)
    {
        run.Count(Line);
        return TemplateTests.Holds(run, Name, Operand.Evaluate(run), Arguments.Evaluate(run).Values);
    }
}
