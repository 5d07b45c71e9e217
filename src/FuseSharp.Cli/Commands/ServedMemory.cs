using System.Globalization;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using static TorchSharp.torch;

namespace FuseSharp.Cli.Commands;

/// <summary>Looks whether models fit into memory together, before the first is read.</summary>
internal static class ServedMemory
{
    private const string Linux = "/proc/meminfo";

    // Of what is free: texts that are being written need room too.
    private const double Share = 0.9;

    /// <summary>Counts their weights.</summary>
    /// <param name="models">Folders or GGUF files.</param>
    /// <param name="type">Working type.</param>
    /// <param name="device">Where they run: only the processor's memory is known here.</param>
    /// <exception cref="UsageException">They do not fit.</exception>
    public static void Check(IReadOnlyList<string> models, ScalarType type, Device device)
    {
        if (device.type != TorchSharp.DeviceType.CPU || models.Count < 2)
        {
            return;
        }

        double[] bytes = [.. models.Select(m => type == ScalarType.Float32 && StoredWeights.AreIn(m) ? StoredWeights.BytesOf(m) : ModelCounts.Count(m).Weights * (type == ScalarType.Float32 ? 4.0 : 2))];
        if (bytes.Sum() > Share * Free())
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"The models need {bytes.Sum() / 1e9:F1} GB of memory ({string.Join(", ", models.Select((m, i) => string.Create(CultureInfo.InvariantCulture, $"{ModelName.FromPath(m)} {bytes[i] / 1e9:F1}")))}), and {Free() / 1e9:F1} GB are free. Serve fewer of them{(type == ScalarType.Float32 ? ", or take --precision bfloat16" : "")}."));
        }
    }

    // What the system would give without swapping, and no more than the limit of a container.
    private static double Free()
    {
        double limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        string? line = File.Exists(Linux) ? File.ReadLines(Linux).FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal)) : null;
        return line is not null && double.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture, out double kilobytes) ? Math.Min(limit, kilobytes * 1024) : limit;
    }
}
