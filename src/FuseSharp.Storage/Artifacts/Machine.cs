using System.Runtime.InteropServices;

namespace FuseSharp.Storage.Artifacts;

/// <summary>The machine that this process runs on, for readers of its results.</summary>
public static class Machine
{
    private const string Processors = "/proc/cpuinfo";

    /// <summary>The processor as its maker calls it; its architecture where the system does not tell.</summary>
    public static string ProcessorName { get; } = Line("model name") ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Processor, cores, memory and system in one line.</summary>
    public static string Description { get; } = Describe();

    /// <summary>Flags of the processor, as Linux names them: <c>avx512_bf16</c>; none on other systems.</summary>
    public static IReadOnlySet<string> Features { get; } = (Line("flags") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);

    private static string? Line(string name)
        => OperatingSystem.IsLinux() && File.Exists(Processors) ? File.ReadLines(Processors).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() : null;

    private static string Describe()
    {
        double gigabytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        return FormattableString.Invariant($"{ProcessorName}, {Environment.ProcessorCount} cores, {gigabytes:F0} GB, {RuntimeInformation.OSDescription}, .NET {Environment.Version}");
    }
}
