namespace FuseSharp.Errors;

/// <summary>A recipe or an option that cannot be carried out.</summary>
public sealed class UsageException : FuseSharpException
{
    /// <summary>A fault with its one-line message.</summary>
    public UsageException(string message)
        : base(message)
    {
    }

    /// <summary>A fault with its one-line message and what caused it.</summary>
    public UsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
