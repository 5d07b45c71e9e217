namespace FuseSharp.Storage.Ranks;

/// <summary>A job of one process: nothing to talk about.</summary>
public sealed class SingleProcess : IProcessGroup
{
    /// <summary>The one instance; it holds no state.</summary>
    public static SingleProcess Instance { get; } = new();

    private SingleProcess()
    {
    }

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Count => 1;

    /// <inheritdoc/>
    public int LocalRank => 0;

    /// <inheritdoc/>
    public int LocalCount => 1;

    /// <inheritdoc/>
    public string NameOf(int rank) => "the only rank";

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
    }

    /// <inheritdoc/>
    public unsafe ITransfer BeginAllToAll(nint sent, nint received, long bytes)
    {
        Buffer.MemoryCopy((void*)sent, (void*)received, bytes, bytes);
        return DoneTransfer.Instance;
    }

    /// <inheritdoc/>
    public void AllGather(Span<byte> whole)
    {
    }

    /// <inheritdoc/>
    public string Broadcast(string text) => text;

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Missing() => [];

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
