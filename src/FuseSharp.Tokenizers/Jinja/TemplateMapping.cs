namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Keys to values in the order in which they were written.</summary>
/// <param name="isNamespace">Whether <c>set x.y = …</c> may change it.</param>
internal sealed class TemplateMapping(bool isNamespace = false) : Dictionary<string, object?>(StringComparer.Ordinal)
{
    /// <summary>Whether <c>set x.y = …</c> may change it.</summary>
    public bool IsNamespace => isNamespace;
}
