namespace FuseSharp.Storage.Ranks;

/// <summary>A transfer that was done when it began.</summary>
public sealed class DoneTransfer : ITransfer
{
    /// <summary>The one instance; it holds no state.</summary>
    public static DoneTransfer Instance { get; } = new();

    private DoneTransfer()
    {
    }

    /// <inheritdoc/>
    public bool Advance() => true;

    /// <inheritdoc/>
    public void Wait()
    {
    }
}
