namespace FuseSharp.Tokenizers.Jinja;

/// <summary>What has a value. Values are null (none), <see cref="Undefined"/>, bool, long, double, string, List&lt;object?&gt; (never changed once made),
/// <see cref="TemplateTuple"/>, <see cref="TemplateMapping"/>, <see cref="TemplateLoop"/> and <see cref="TemplateFunction"/>.</summary>
/// <param name="Line">1-based; 0 where it does not matter.</param>
internal abstract record Expression(int Line)
{
    /// <summary>Its value, counted as a step.</summary>
    public object? Evaluate(TemplateRun run)
    {
        run.Count(Line);
        using var level = run.Enter();
        return ValueOf(run);
    }

    /// <summary>Its value.</summary>
    protected abstract object? ValueOf(TemplateRun run);
}

internal sealed record ConstantExpression(object? Value) : Expression(0)
{
    protected override object? ValueOf(TemplateRun run) => Value;
}

internal sealed record NameExpression(int Line, string Name) : Expression(Line)
{
    protected override object? ValueOf(TemplateRun run) => run.Find(Name);
}

internal sealed record ListExpression(IReadOnlyList<Expression> Items, bool IsTuple) : Expression(0)
{
    protected override object? ValueOf(TemplateRun run)
    {
        run.CountItems(Items.Count);
        var values = Items.Select(i => i.Evaluate(run));
        return IsTuple ? new TemplateTuple(values) : values.ToList();
    }
}

internal sealed record MappingExpression(int Line, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Line)
{
    protected override object? ValueOf(TemplateRun run)
    {
        run.CountItems(Entries.Count);
        var mapping = new TemplateMapping();
        foreach (var (key, value) in Entries)
        {
            mapping[key.Evaluate(run) as string ?? throw new TemplateException(Line, "has a mapping with a key that is not text, which is not supported here")] = value.Evaluate(run);
        }

        return mapping;
    }
}

internal sealed record ChoiceExpression(int Line, Expression Condition, Expression Then, Expression? Otherwise) : Expression(Line)
{
    protected override object? ValueOf(TemplateRun run)
        => TemplateValues.IsTrue(Condition.Evaluate(run)) ? Then.Evaluate(run) : Otherwise is null ? Undefined.Value : Otherwise.Evaluate(run);
}

internal sealed record NotExpression(Expression Operand) : Expression(0)
{
    protected override object? ValueOf(TemplateRun run) => !TemplateValues.IsTrue(Operand.Evaluate(run));
}

internal sealed record NegativeExpression(int Line, Expression Operand) : Expression(Line)
{
    protected override object? ValueOf(TemplateRun run) => Operand.Evaluate(run) switch
    {
        double number => -number, // 0 - x would lose the sign of zero
        var value => TemplateOperators.Apply(run, "-", 0L, value),
    };
}

internal sealed record OperatorExpression(int Line, string Sign, Expression Left, Expression Right) : Expression(Line)
{
    protected override object? ValueOf(TemplateRun run)
    {
        object? left = Left.Evaluate(run);
        return Sign switch
        {
            "and" => TemplateValues.IsTrue(left) ? Right.Evaluate(run) : left,
            "or" => TemplateValues.IsTrue(left) ? left : Right.Evaluate(run),
            _ => TemplateOperators.Apply(run, Sign, left, Right.Evaluate(run)),
        };
    }
}

internal sealed record MemberExpression(int Line, Expression Owner, Expression Key, bool IsAttribute) : Expression(Line)
{
    protected override object? ValueOf(TemplateRun run)
    {
        object? owner = Owner.Evaluate(run);
        object? key = Key.Evaluate(run);
        if (owner is string text)
        {
            run.CountCharacters(text.Length); // a method or a place goes through all of it
        }

        return TemplateValues.Member(run, owner, key, IsAttribute);
    }
}

internal sealed record SliceExpression(int Line, Expression Owner, Expression? First, Expression? End, Expression? Step) : Expression(Line)
{
    protected override object? ValueOf(TemplateRun run)
    {
        object? owner = Owner.Evaluate(run);
        var (first, end, step) = (Bound(First), Bound(End), Bound(Step));
        run.CountSize(owner);
        switch (owner)
        {
            case string text when PythonText.Length(text) == text.Length:
                return string.Concat(Places(text.Length).Select(i => text[i]));
            case string text:
                var characters = TemplateValues.Items(run, text);
                return string.Concat(Places(characters.Count).Select(i => (string)characters[i]!));
            case List<object?> list:
                var places = Places(list.Count).ToList();
                run.CountItems(places.Count);
                var chosen = places.Select(i => list[i]);
                return list is TemplateTuple ? new TemplateTuple(chosen) : chosen.ToList();
            case Undefined:
                throw new TemplateException(Line, "cuts a part out of something undefined");
            default:
                return Undefined.Value;
        }

        long? Bound(Expression? bound) => bound?.Evaluate(run) switch { null => null, long number => number, bool flag => flag ? 1 : 0, _ => throw new TemplateException(Line, "cuts a list at something that is not a whole number") };
        IEnumerable<int> Places(int length) => Indices(length, first, end, step ?? 1);
    }

    // Python's rules: negative places count from the end, and what lies outside is cut.
    private IEnumerable<int> Indices(int length, long? first, long? end, long step)
    {
        if (step == 0)
        {
            throw new TemplateException(Line, "cuts a list with the step 0");
        }

        long low = step > 0 ? 0 : -1;
        long high = step > 0 ? length : length - 1;
        long Place(long? bound, long otherwise) => bound is not { } place ? otherwise : Math.Clamp(place < 0 ? place + length : place, low, high);
        long stop = Place(end, step > 0 ? high : low);
        long stride = Math.Clamp(step, -1 - (long)length, 1 + (long)length); // more would leave the list as well, and could overflow
        for (long i = Place(first, step > 0 ? low : high); step > 0 ? i < stop : i > stop; i += stride)
        {
            yield return (int)i;
        }
    }
}

internal sealed record CallExpression(int Line, Expression Function, CallArguments Arguments) : Expression(Line)
{
    protected override object? ValueOf(TemplateRun run) => ValueWith(run, null);

    /// <summary>The value of the call with a block of a template that the function can write with <c>caller()</c>.</summary>
    public object? ValueWith(TemplateRun run, TemplateFunction? caller)
    {
        object? function = Function.Evaluate(run);
        var (values, named) = Arguments.Evaluate(run, caller);
        return function is TemplateFunction known ? run.Call(() => known(values, named))
            : throw new TemplateException(Line, $"calls '{(Function as NameExpression)?.Name ?? ((Function as MemberExpression)?.Key as ConstantExpression)?.Value}', which is not a known function");
    }
}

internal sealed record FilterExpression(int Line, string Name, Expression Operand, CallArguments Arguments) : Expression(Line)
{
    protected override object? ValueOf(TemplateRun run)
    {
        object? operand = Operand.Evaluate(run);
        var (values, named) = Arguments.Evaluate(run);
        return TemplateFilters.Apply(run, Name, operand, new FilterArguments(Name, values, named));
    }
}

internal sealed record TestExpression(int Line, string Name, Expression Operand, CallArguments Arguments) : Expression(Line)
{
    protected override object? ValueOf(TemplateRun run) => TemplateTests.Holds(run, Name, Operand.Evaluate(run), Arguments.Evaluate(run).Values);
}
