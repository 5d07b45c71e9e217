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

    /// <summary>Waits until a process has had nothing to do for a while, and reads its figures.</summary>
    /// <param name="process">Its id.</param>
    public static async Task<ProcessFigures> OfIdleAsync(int process)
    {
        await Task.Delay(_idle);
        using var running = Process.GetProcessById(process);
        return new ProcessFigures(running.WorkingSet64, running.Threads.Count, Directory.GetFileSystemEntries(FormattableString.Invariant($"/proc/{process}/fd")).Length);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Bytes / 1e6:F0} MB, {Threads} threads, {Descriptors} descriptors");
}
