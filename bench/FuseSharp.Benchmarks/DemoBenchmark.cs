using System.Diagnostics;
using System.Text.Json;
using FuseSharp.Testing;

namespace FuseSharp.Benchmarks;

/// <summary>The demo by the built program, from nothing to its report: seconds by the clock, and where they go.</summary>
/// <remarks>The bits per byte are those of one seed, 1.7247 before its speed-up, with a standard error of 0.0010 over seeds.</remarks>
internal sealed class DemoBenchmark : IBenchmark
{
    private const double BitsBefore = 1.7247;
    private const double SpreadOfSeeds = 0.002;

    public string Name => "demo";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        string program = Path.Combine(TinyCorpus.Repository, "artifacts", "bin", "FuseSharp.Cli", "release", "fusesharp.dll");
        if (!File.Exists(program))
        {
            Console.WriteLine($"demo: not measured, '{program}' is not built (dotnet build -c Release)");
            return [];
        }

        using var folder = new ScratchFolder();
        string output = folder.At("demo");
        long started = Stopwatch.GetTimestamp();
        using var demo = Process.Start(new ProcessStartInfo("dotnet", [program, "demo", "--output", output]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = demo.StandardError.ReadToEndAsync();
        string said = demo.StandardOutput.ReadToEnd();
        demo.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (demo.ExitCode != 0)
        {
            throw new InvalidOperationException($"The demo ended with {demo.ExitCode}: {said}{errors.Result}");
        }

        var stages = Directory.EnumerateFiles(output, "cost.json", SearchOption.AllDirectories)
            .GroupBy(f => Path.GetRelativePath(output, f).Split(Path.DirectorySeparatorChar)[0], Seconds).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, Seconds: g.Sum())).ToList();
        foreach (var (stage, took) in stages)
        {
            Console.WriteLine(FormattableString.Invariant($"{stage,-14} {took,7:F1} s"));
        }

        Console.WriteLine(FormattableString.Invariant($"{"the rest",-14} {seconds - stages.Sum(s => s.Seconds),7:F1} s"));
        double bits = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(output, "verdict.json"))).RootElement.GetProperty("fused").GetDouble();
        return [new("the demo", seconds, "s", Goal.AtMost(120)), new("its fused model", bits, "bits per byte", Goal.AtMost(BitsBefore + SpreadOfSeeds))];
    }

    private static double Seconds(string file) => JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.GetProperty("seconds").GetDouble();
}
