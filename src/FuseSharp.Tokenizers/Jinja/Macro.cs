namespace FuseSharp.Tokenizers.Jinja;

/// <summary>A part of a template that can be called.</summary>
/// <param name="Line">1-based.</param>
/// <param name="Name">Its name; <c>caller</c> for the block of a <c>call</c>.</param>
/// <param name="Parameters">Names, each with what stands for it where it is not given.</param>
/// <param name="Body">What it writes.</param>
/// <param name="Rest">Which of <c>varargs</c> and <c>kwargs</c> its body asks for: only such a macro takes more arguments than it has parameters.</param>
internal sealed record Macro(int Line, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body, IReadOnlySet<string> Rest)
{
    /// <summary>The macro with the names that are visible where it stands.</summary>
    public TemplateFunction Function(TemplateRun run)
    {
        var enclosed = run.Enclosed<string>();
        return (values, named) => enclosed(() => run.Captured(() =>
        {
            var rest = named.Where(n => n.Key != "caller" && !Parameters.Any(p => p.Name == n.Key)).ToList();
            SetRest(run, "varargs", new TemplateTuple(values.Skip(Parameters.Count)), values.Count > Parameters.Count);
            var mapping = new TemplateMapping();
            rest.ForEach(n => mapping[n.Key] = n.Value);
            SetRest(run, "kwargs", mapping, rest.Count > 0);
            run.Set("caller", named.GetValueOrDefault("caller") ?? Undefined.Value);
            for (int i = 0; i < Parameters.Count; i++)
            {
                var (name, otherwise) = Parameters[i];
                bool isNamed = named.TryGetValue(name, out object? value);
                run.Set(name, i < values.Count ? values[i] : isNamed ? value : otherwise?.Evaluate(run) ?? (otherwise is null ? Undefined.Value : null));
            }

            Statement.Execute(Body, run);
        }));
    }

    private void SetRest(TemplateRun run, string name, object value, bool isGiven)
    {
        if (isGiven && !Rest.Contains(name))
        {
            throw new TemplateException(Line, $"calls the macro '{Name}' with an argument that it does not have");
        }

        run.Set(name, value);
    }
}
