using System.Diagnostics;

namespace FuseSharp.Benchmarks;

/// <summary>What a process holds, by the kernel's figures.</summary>
/// <param name="Bytes">In memory.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Descriptors">Open files and connections.</param>
internal sealed record ProcessFigures(long Bytes, int Threads, int Descriptors)
{
    // A pool ends its threads after 20 s without work.
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(45);

    /// <summary>Waits until a process that has nothing to do has ended the threads that it does not need.</summary>
    public static Task IdleAsync() => Task.Delay(_idle);

    /// <summary>Reads a process's figures.</summary>
    /// <param name="process">Its id.</param>
    public static ProcessFigures Read(int process)
    {
        using var running = Process.GetProcessById(process);
        return new ProcessFigures(running.WorkingSet64, running.Threads.Count, Directory.GetFileSystemEntries(FormattableString.Invariant($"/proc/{process}/fd")).Length);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Bytes / 1e6:F0} MB, {Threads} threads, {Descriptors} descriptors");
}
