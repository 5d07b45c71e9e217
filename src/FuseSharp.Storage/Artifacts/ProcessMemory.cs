using System.Diagnostics;
using System.Globalization;

namespace FuseSharp.Storage.Artifacts;

/// <summary>The most memory that this process has held.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";

    /// <summary>Forgets the peak so far where the system can: Linux. Elsewhere the peak is that of the whole process.</summary>
    public static void ResetPeak()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                File.WriteAllText("/proc/self/clear_refs", "5"); // proc(5): resets VmHWM to what is in memory now
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Some containers forbid it; the figure is then an upper bound.
        }
    }

    /// <summary>Bytes in memory at the peak.</summary>
    public static long PeakBytes()
    {
        string? line = OperatingSystem.IsLinux() && File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kilobytes, _]
            ? 1024 * long.Parse(kilobytes, CultureInfo.InvariantCulture)
            : Process.GetCurrentProcess().PeakWorkingSet64;
    }
}
