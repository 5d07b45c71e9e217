using System.Diagnostics;
using System.Globalization;

namespace FuseSharp.Benchmarks;

/// <summary>What a piece of work adds to the process's memory at its peak: the kernel's own figures, Linux only.</summary>
internal sealed class PeakMemory
{
    /// <summary>First argument of a benchmark in a process of its own.</summary>
    public const string ChildArgument = "--child";

    private readonly long _before;

    /// <summary>Sets the peak back to what is in memory now.</summary>
    public PeakMemory()
    {
        File.WriteAllText("/proc/self/clear_refs", "5");
        _before = Kilobytes("VmRSS");
    }

    /// <summary>The peak since then, above what was in memory then.</summary>
    public long AddedBytes => (Kilobytes("VmHWM") - _before) * 1024;

    /// <summary>The most that this process has had in memory since it started.</summary>
    public static long OfProcess => Kilobytes("VmHWM") * 1024;

    /// <summary>Runs a benchmark in a process of its own, so that memory which earlier work left with the allocator does not count.</summary>
    /// <param name="arguments">Name of the benchmark and what follows it.</param>
    /// <returns>The lines that it printed.</returns>
    public static string[] InChild(params string[] arguments)
    {
        using var child = StartChild(arguments);
        child.StandardInput.Close();
        return child.StandardOutput.ReadToEnd().TrimEnd().Split('\n');
    }

    /// <summary>Starts a benchmark in a process of its own, with input and output redirected.</summary>
    /// <param name="arguments">Name of the benchmark and what follows it.</param>
    public static Process StartChild(params string[] arguments)
    {
        string program = Environment.ProcessPath!;
        string[] all = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(PeakMemory).Assembly.Location, .. arguments] : arguments;
        return Process.Start(new ProcessStartInfo(program, all) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    private static long Kilobytes(string key)
        => long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(key, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
