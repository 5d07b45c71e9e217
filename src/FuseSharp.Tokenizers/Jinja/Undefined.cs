namespace FuseSharp.Tokenizers.Jinja;

/// <summary>The value of a name or member that does not exist.</summary>
internal sealed class Undefined
{
    /// <summary>The only one.</summary>
    public static readonly Undefined Value = new();
}
