namespace FuseSharp.Errors;

/// <summary>A fault that the user can mend: its message names what was found and where, what was expected and what to do.</summary>
/// <remarks>The command shows the message alone, without a stack trace, and ends with exit code 2. Errors of the program itself stay
/// <see cref="ArgumentException"/> and <see cref="InvalidOperationException"/>.</remarks>
public class FuseSharpException : Exception
{
    /// <summary>A fault with its one-line message.</summary>
    public FuseSharpException(string message)
        : base(message)
    {
    }

    /// <summary>A fault with its one-line message and what caused it.</summary>
    public FuseSharpException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
