namespace FuseSharp.Tokenizers.Jinja;

/// <summary>What a value is given to: a name, a member of a namespace, or several of them at once.</summary>
/// <param name="Line">1-based.</param>
/// <param name="Name">The name; "" for several.</param>
/// <param name="Member">The namespace's member, or null.</param>
/// <param name="Parts">The several.</param>
internal sealed record AssignmentTarget(int Line, string Name, string? Member, IReadOnlyList<AssignmentTarget> Parts)
{
    /// <summary>Gives it a value.</summary>
    public void Assign(TemplateRun run, object? value)
    {
        if (Name.Length == 0)
        {
            var items = TemplateValues.Items(run, value);
            if (items.Count != Parts.Count)
            {
                throw new TemplateException(Line, FormattableString.Invariant($"gives {Parts.Count} names to {items.Count} values"));
            }

            for (int i = 0; i < items.Count; i++)
            {
                Parts[i].Assign(run, items[i]);
            }
        }
        else if (Member is null)
        {
            run.Set(Name, value);
        }
        else if (run.Find(Name) is TemplateMapping { IsNamespace: true } mapping)
        {
            mapping[Member] = value;
        }
        else
        {
            throw new TemplateException(Line, $"sets '{Name}.{Member}', but '{Name}' is not a namespace()");
        }
    }
}
