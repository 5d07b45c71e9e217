namespace FuseSharp.Errors;

/// <summary>A checkpoint or tokenizer that is missing, damaged, of an unknown kind or does not fit.</summary>
public sealed class ModelException : FuseSharpException
{
    /// <summary>A fault with its one-line message.</summary>
    public ModelException(string message)
        : base(message)
    {
    }

    /// <summary>A fault with its one-line message and what caused it.</summary>
    public ModelException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
