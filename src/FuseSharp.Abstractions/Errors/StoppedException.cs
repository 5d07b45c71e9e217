namespace FuseSharp.Errors;

/// <summary>Work that ended because it was told to: its one-line message says what is kept and where the same command goes on.</summary>
/// <param name="message">One line.</param>
/// <param name="cancellation">What told it.</param>
public sealed class StoppedException(string message, CancellationToken cancellation = default) : OperationCanceledException(message, cancellation)
{
    /// <summary>Whether all ranks stop at the same place, so that none waits for another.</summary>
    public bool IsOfAllRanks { get; init; }
}
