// dotnet run -c Release --project bench/FuseSharp.Benchmarks -- NAME measures one thing; the last line is "NAME: figure unit (goal …)". With all, one table of everything.
using System.Text.Json;
using FuseSharp.Benchmarks;

IBenchmark[] benchmarks =
[
    new ForwardBenchmark(),
    new LoadBenchmark(),
    new TokenizeBenchmark(),
    new ConversationsBenchmark(),
    new CorpusBenchmark(),
    new CheckpointingBenchmark(),
    new MapBenchmark(),
    new AlignBenchmark(),
    new TrainBenchmark(),
    new DemoBenchmark(),
    new RanksBenchmark(),
    new PlanBenchmark(),
    new RepresentBenchmark(),
    new RepresentMemoryBenchmark(),
    new RowBitsBenchmark(),
    new MergeBenchmark(),
    new GenerateBenchmark(),
    new DecodeBenchmark(),
    new ServeLoadBenchmark(),
    new GpuBenchmark(),
];
if (args is [AllBenchmarks.Name, .. var names] && Array.TrueForAll(names, n => Array.Exists(benchmarks, b => b.Name == n)))
{
    return new AllBenchmarks(benchmarks).Run(names);
}

string? file = args is [_, .., AllBenchmarks.FiguresOption, var given] ? given : null;
if (args.Length >= 1 && Array.Find(benchmarks, b => b.Name == args[0]) is { } chosen)
{
    var figures = chosen.Run(file is null ? args[1..] : args[1..^2]);
    if (figures.Count > 0)
    {
        Console.WriteLine($"{chosen.Name}: {string.Join(", ", figures)}");
    }

    if (file is not null)
    {
        File.WriteAllText(file, JsonSerializer.Serialize(figures, AllBenchmarks.FiguresFormat));
    }

    return 0;
}

Console.Error.WriteLine($"Name a benchmark, or '{AllBenchmarks.Name}' and, where not all are wanted, some of them: {string.Join(", ", benchmarks.Select(b => b.Name))}.");
return 2;
