namespace FuseSharp.Tokenizers.Jinja;

/// <summary>What writes text or changes names.</summary>
internal abstract record Statement
{
    /// <summary>Does it.</summary>
    public abstract Flow Execute(TemplateRun run);

    /// <summary>Does several in order.</summary>
    public static Flow Execute(IReadOnlyList<Statement> statements, TemplateRun run)
    {
        foreach (var statement in statements)
        {
            run.Count(0);
            if (statement.Execute(run) is var flow and not Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}

internal sealed record TextStatement(string Text) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        run.Write(Text);
        return Flow.Next;
    }
}

internal sealed record OutputStatement(Expression Value) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        run.Write(run.Text(Value.Evaluate(run)));
        return Flow.Next;
    }
}

internal sealed record BlockStatement(IReadOnlyList<Statement> Body) : Statement
{
    public override Flow Execute(TemplateRun run) => Execute(Body, run);
}

internal sealed record WithStatement(IReadOnlyList<(AssignmentTarget Target, Expression Value)> Names, IReadOnlyList<Statement> Body) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        object?[] values = [.. Names.Select(n => n.Value.Evaluate(run))]; // none sees another one
        return run.Scoped(() =>
        {
            for (int i = 0; i < values.Length; i++)
            {
                Names[i].Target.Assign(run, values[i]);
            }

            return Execute(Body, run);
        });
    }
}

internal sealed record FilterStatement(IReadOnlyList<Func<Expression, Expression>> Filters, IReadOnlyList<Statement> Body) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        run.Write(run.Text(Filtered(run, Filters, Body)));
        return Flow.Next;
    }

    /// <summary>What statements write, behind some filters.</summary>
    public static object? Filtered(TemplateRun run, IReadOnlyList<Func<Expression, Expression>> filters, IReadOnlyList<Statement> body)
    {
        string text = run.Scoped(() => run.Captured(() => Execute(body, run)));
        return filters.Aggregate((Expression)new ConstantExpression(text), (value, filter) => filter(value)).Evaluate(run);
    }
}

internal sealed record LeaveStatement(bool EndsLoop) : Statement
{
    public override Flow Execute(TemplateRun run) => EndsLoop ? Flow.Break : Flow.Continue;
}

internal sealed record IfStatement(Expression Condition, IReadOnlyList<Statement> Then, IReadOnlyList<Statement> Otherwise) : Statement
{
    public override Flow Execute(TemplateRun run) => Execute(TemplateValues.IsTrue(Condition.Evaluate(run)) ? Then : Otherwise, run);
}

internal sealed record SetStatement(AssignmentTarget Target, Expression? Value, IReadOnlyList<Func<Expression, Expression>> Filters, IReadOnlyList<Statement> Body) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        Target.Assign(run, Value is null ? FilterStatement.Filtered(run, Filters, Body) : Value.Evaluate(run));
        return Flow.Next;
    }
}

internal sealed record MacroStatement(Macro Macro) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        run.Set(Macro.Name, Macro.Function(run));
        return Flow.Next;
    }
}

internal sealed record CallStatement(CallExpression Call, Macro Caller) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        run.Count(Call.Line);
        run.Write(run.Text(Call.ValueWith(run, Caller.Function(run))));
        return Flow.Next;
    }
}

internal sealed record ForStatement(int Line, AssignmentTarget Target, Expression Over, Expression? Filter, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Otherwise) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        var items = TemplateValues.Items(run, Over.Evaluate(run));
        if (Filter is not null)
        {
            items = items.FindAll(i => run.Scoped(() =>
            {
                run.Count(Line);
                Target.Assign(run, i);
                return TemplateValues.IsTrue(Filter.Evaluate(run));
            }));
        }

        var loop = new TemplateLoop(items);
        for (int i = 0; i < items.Count; i++)
        {
            loop.Place = i;
            run.Count(Line);
            var flow = run.Scoped(() =>
            {
                run.Set("loop", loop);
                Target.Assign(run, items[loop.Place]);
                return Execute(Body, run);
            });
            if (flow == Flow.Break)
            {
                break;
            }
        }

        return items.Count == 0 ? run.Scoped(() => Execute(Otherwise, run)) : Flow.Next;
    }
}
