using System.Globalization;

namespace FuseSharp.Evaluation.Code;

/// <summary>Memory of a process and all that it started, as the kernel counts it. Linux only.</summary>
internal static class ProcessMemory
{
    /// <summary>Whether this kernel says which processes belong to a process (CONFIG_PROC_CHILDREN; that of every distribution does).</summary>
    public static bool IsKnown => File.Exists("/proc/thread-self/children");

    /// <summary>Whether all together have more in memory than allowed, shared memory included and counted once.</summary>
    /// <param name="process">The first process.</param>
    /// <param name="most">Bytes.</param>
    public static bool Exceeds(int process, long most)
    {
        var all = new List<int> { process };
        for (int i = 0; i < all.Count; i++)
        {
            all.AddRange(ChildrenOf(all[i]));
        }

        // Exact shares cost a walk over all pages: asked for only where what is shared, counted for each, is too much.
        return all.Sum(ResidentBytes) > most && all.Sum(ShareBytes) > most;
    }

    private static IEnumerable<int> ChildrenOf(int process)
        => Read(() => Directory.GetDirectories(Invariant($"/proc/{process}/task")), [])
            .SelectMany(thread => Read(() => File.ReadAllText(thread + "/children"), "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture));

    private static long ResidentBytes(int process)
        => Read(() => long.Parse(File.ReadAllText(Invariant($"/proc/{process}/statm")).Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize, 0);

    private static long ShareBytes(int process)
    {
        const string Key = "Pss:";
        string? line = Read(() => File.ReadLines(Invariant($"/proc/{process}/smaps_rollup")).FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal)), null);
        return line is null ? ResidentBytes(process) // it has forbidden to look at it, or it has ended
            : long.Parse(line[Key.Length..].TrimEnd('k', 'B', ' '), CultureInfo.InvariantCulture) * 1024;
    }

    // Processes end while they are looked at.
    private static T Read<T>(Func<T> read, T gone)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return gone;
        }
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
