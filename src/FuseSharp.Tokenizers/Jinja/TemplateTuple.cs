namespace FuseSharp.Tokenizers.Jinja;

/// <summary>A list in round brackets: written otherwise than a list, and never equal to one.</summary>
/// <param name="items">What it holds.</param>
internal sealed class TemplateTuple(IEnumerable<object?> items) : List<object?>(items);
