namespace FuseSharp.Tokenizers.Jinja;

/// <summary>What a filter or method is given besides the value that it works on.</summary>
/// <param name="Name">Of the filter or method, for messages.</param>
/// <param name="Values">By place.</param>
/// <param name="Named">By name.</param>
internal sealed record FilterArguments(string Name, IReadOnlyList<object?> Values, IReadOnlyDictionary<string, object?> Named)
{
    /// <summary>The arguments in the order of their names; <see cref="Undefined"/> for those that are not given.</summary>
    /// <param name="names">As Python names them.</param>
    /// <exception cref="TemplateException">One has another name, is given twice, or is too many.</exception>
    public object?[] In(params string[] names)
    {
        if (Values.Count > names.Length || Named.Keys.FirstOrDefault(n => Array.IndexOf(names, n) is var at && (at < 0 || at < Values.Count)) is not null)
        {
            string wrong = Named.Keys.FirstOrDefault(n => Array.IndexOf(names, n) < 0) is { } other ? $"the argument '{other}', which it does not have" : "more arguments than it has";
            throw new TemplateException(0, $"gives '{Name}' {wrong}");
        }

        return [.. names.Select((n, i) => i < Values.Count ? Values[i] : Named.TryGetValue(n, out object? value) ? value : Undefined.Value)];
    }
}
