namespace FuseSharp.Core.Chat.Templates;

/// <summary>How the statements behind one go on.</summary>
internal enum Flow
{
    /// <summary>In order.</summary>
    Next,

    /// <summary>The innermost loop ends.</summary>
    Break,

    /// <summary>The innermost loop takes its next item.</summary>
    Continue,
}

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

internal sealed record LeaveStatement(bool EndsLoop) : Statement
{
    public override Flow Execute(TemplateRun run) => EndsLoop ? Flow.Break : Flow.Continue;
}

internal sealed record IfStatement(Expression Condition, IReadOnlyList<Statement> Then, IReadOnlyList<Statement> Otherwise) : Statement
{
    public override Flow Execute(TemplateRun run) => Execute(TemplateValues.IsTrue(Condition.Evaluate(run)) ? Then : Otherwise, run);
}

internal sealed record SetStatement(int Line, IReadOnlyList<string> Names, string? Member, Expression? Value, IReadOnlyList<Statement> Body) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        object? value = Value is null ? run.Captured(() => Execute(Body, run)) : Value.Evaluate(run);
        if (Member is null)
        {
            run.Set(Line, Names, value);
        }
        else if (run.Find(Names[0]) is TemplateMapping { IsNamespace: true } mapping)
        {
            mapping[Member] = value;
        }
        else
        {
            throw new TemplateException(Line, $"sets '{Names[0]}.{Member}', but '{Names[0]}' is no namespace()");
        }

        return Flow.Next;
    }
}

internal sealed record MacroStatement(string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        run.Set(0, [Name], (TemplateFunction)((values, named) => run.Scoped(() => run.Captured(() =>
        {
            for (int i = 0; i < Parameters.Count; i++)
            {
                var (name, otherwise) = Parameters[i];
                run.Set(0, [name], i < values.Count ? values[i] : named.TryGetValue(name, out object? value) ? value : otherwise?.Evaluate(run) ?? Undefined.Value);
            }

            Execute(Body, run);
        }))));
        return Flow.Next;
    }
}

internal sealed record ForStatement(int Line, IReadOnlyList<string> Names, Expression Over, Expression? Filter, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Otherwise) : Statement
{
    public override Flow Execute(TemplateRun run)
    {
        var items = TemplateValues.Items(Over.Evaluate(run), Line);
        if (Filter is not null)
        {
            items = [.. items.Where(i => run.Scoped(() =>
            {
                run.Count(Line);
                run.Set(Line, Names, i);
                return TemplateValues.IsTrue(Filter.Evaluate(run));
            }))];
        }

        for (int i = 0; i < items.Count; i++)
        {
            int place = i;
            run.Count(Line);
            var flow = run.Scoped(() =>
            {
                run.Set(Line, Names, items[place]);
                run.Set(Line, ["loop"], Loop(items, place));
                return Execute(Body, run);
            });
            if (flow == Flow.Break)
            {
                break;
            }
        }

        return items.Count == 0 ? Execute(Otherwise, run) : Flow.Next;
    }

    private static TemplateMapping Loop(List<object?> items, int place)
        => new()
        {
            ["index"] = place + 1L,
            ["index0"] = (long)place,
            ["revindex"] = (long)items.Count - place,
            ["revindex0"] = (long)items.Count - place - 1,
            ["first"] = place == 0,
            ["last"] = place == items.Count - 1,
            ["length"] = (long)items.Count,
            ["previtem"] = place > 0 ? items[place - 1] : Undefined.Value,
            ["nextitem"] = place + 1 < items.Count ? items[place + 1] : Undefined.Value,
        };
}
