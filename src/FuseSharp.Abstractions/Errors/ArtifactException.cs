namespace FuseSharp.Errors;

/// <summary>A file or folder of texts or of a stage's output that is missing, damaged or does not fit its neighbours.</summary>
public sealed class ArtifactException : FuseSharpException
{
    /// <summary>A fault with its one-line message.</summary>
    public ArtifactException(string message)
        : base(message)
    {
    }

    /// <summary>A fault with its one-line message and what caused it.</summary>
    public ArtifactException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
