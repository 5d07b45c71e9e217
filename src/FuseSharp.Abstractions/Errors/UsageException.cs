namespace FuseSharp.Errors;

/// <summary>A recipe or an option that cannot be carried out.</summary>
public sealed class UsageException : FuseSharpException
{
    /// <summary>Whether all ranks of a job fail by it at once, so that it is said once and none is named as the one that failed.</summary>
    public bool IsOfAllRanks { get; init; }

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
