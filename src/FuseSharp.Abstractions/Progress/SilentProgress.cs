namespace FuseSharp.Progress;

/// <summary>Reports nothing: for callers of the library who want no progress.</summary>
public sealed class SilentProgress : IProgressReporter, IProgressTask
{
    /// <summary>The one instance; it holds no state.</summary>
    public static SilentProgress Instance { get; } = new();

    private SilentProgress()
    {
    }

    /// <inheritdoc/>
    public IProgressTask Start(string name, long total, string unit) => this;

    /// <inheritdoc/>
    public void Say(string line)
    {
    }

    /// <inheritdoc/>
    public void Result(string line)
    {
    }

    /// <inheritdoc/>
    public void Advance(long units, string? health = null)
    {
    }

    /// <inheritdoc/>
    public void Skip(long units)
    {
    }

    /// <inheritdoc/>
    public void Complete()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
