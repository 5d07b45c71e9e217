using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Benchmarks;

/// <summary>Every benchmark, each in a process of its own, as one table, which is kept in <c>bench/results</c> under the processor's name.</summary>
/// <remarks>
/// A benchmark that misses a goal runs five times in all; its figures are medians then, and a goal counts as missed where the median misses it by more than the five lie apart.
/// </remarks>
/// <param name="benchmarks">What there is.</param>
internal sealed class AllBenchmarks(IReadOnlyList<IBenchmark> benchmarks)
{
    /// <summary>What to type after <c>--</c>; names of benchmarks may follow, where not all are wanted.</summary>
    public const string Name = "all";

    /// <summary>With a file behind it, a benchmark's last arguments: the file gets its figures.</summary>
    public const string FiguresOption = "--figures";

    private const int Repeats = 5;

    /// <summary>How figures are written to it.</summary>
    public static JsonSerializerOptions FiguresFormat { get; } = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Runs them.</summary>
    /// <param name="names">Those that are wanted; none for all.</param>
    /// <returns>Exit code: 2 where a goal is missed or a benchmark failed.</returns>
    public int Run(string[] names)
    {
        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture, $"# {Machine.ProcessorName}, {Environment.ProcessorCount} cores");
        table.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:d MMMM yyyy}, `dotnet run -c Release --project bench/FuseSharp.Benchmarks -- all`. Ratios are to what was measured in the same run; ± is how far five runs lie apart, of benchmarks that missed a goal once.");
        table.AppendLine().AppendLine("| benchmark | work | ours | beside it, in the same run | ratio | goal | holds |").AppendLine("| --- | --- | --- | --- | --- | --- | --- |");
        bool holds = true;
        foreach (var benchmark in benchmarks.Where(b => names.Length == 0 || names.Contains(b.Name)))
        {
            Console.WriteLine($"== {benchmark.Name}");
            List<Figure[]?> runs = [RunOnce(benchmark.Name)];
            while (runs[0] is { } first && Array.Exists(first, f => f.Missed > 0) && runs.Count < Repeats)
            {
                runs.Add(RunOnce(benchmark.Name));
            }

            if (runs.Contains(null))
            {
                holds = false;
                table.AppendLine(CultureInfo.InvariantCulture, $"| {benchmark.Name} | failed | | | | | no |");
                continue;
            }

            for (int f = 0; f < runs[0]!.Length; f++)
            {
                var row = new MeasuredFigure([.. runs.Select(r => r![f])]);
                holds &= row.Holds;
                table.AppendLine(CultureInfo.InvariantCulture, $"| {benchmark.Name} | {row} |");
            }
        }

        Console.WriteLine();
        Console.WriteLine(table);
        if (names.Length == 0)
        {
            string file = Path.Combine(TinyCorpus.Repository, "bench", "results", FileName());
            File.WriteAllText(file, table.ToString());
            Console.WriteLine($"Kept in {file}.");
        }

        return holds ? 0 : 2;
    }

    private static Figure[]? RunOnce(string name)
    {
        string file = Path.GetTempFileName();
        try
        {
            using var child = PeakMemory.StartChild(name, FiguresOption, file);
            child.StandardInput.Close();
            while (child.StandardOutput.ReadLine() is { } line)
            {
                Console.WriteLine(line);
            }

            child.WaitForExit();
            return child.ExitCode == 0 ? JsonSerializer.Deserialize<Figure[]>(File.ReadAllText(file), FiguresFormat) : null;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string FileName()
        => string.Join('-', Machine.ProcessorName.ToLowerInvariant().Split(" ()@/\\,".ToCharArray(), StringSplitOptions.RemoveEmptyEntries)) + ".md";
}
