using FuseSharp.Errors;

namespace FuseSharp.Pipeline.Train;

/// <summary>A training's loss or gradient became NaN or infinite, mostly of a learning rate that is too high.</summary>
public sealed class DivergedException : FuseSharpException
{
    /// <summary>An error with its one-line message.</summary>
    public DivergedException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public DivergedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
