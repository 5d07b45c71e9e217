namespace FuseSharp.Evaluation.Code;

/// <summary>What a program may take.</summary>
public sealed record SandboxLimits
{
    /// <summary>Time from start to end, seconds; then everything it started is killed.</summary>
    public double Seconds { get; init; } = 10;

    /// <summary>Memory of all its processes together, shared memory included, and of each for its data, bytes.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of all files that it writes, in each of its three folders (/work, /tmp, /dev/shm); they lie in memory and go with it.</summary>
    public long FileBytes { get; init; } = 64L << 20;

    /// <summary>Processes and threads at a time.</summary>
    public int Processes { get; init; } = 128;

    /// <summary>Bytes of its output that are kept; what comes behind is dropped.</summary>
    public int OutputBytes { get; init; } = 64 << 10;
}
