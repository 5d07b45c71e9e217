namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Something that can be called.</summary>
/// <param name="values">By place.</param>
/// <param name="named">By name.</param>
internal delegate object? TemplateFunction(IReadOnlyList<object?> values, IReadOnlyDictionary<string, object?> named);
