// dotnet run -c Release --project bench/FuseSharp.Benchmarks -- NAME measures one thing; the last line is "NAME: figure unit (goal …)".
using FuseSharp.Benchmarks;

IBenchmark[] benchmarks =
[
    new ForwardBenchmark(),
    new LoadBenchmark(),
    new TokenizeBenchmark(),
    new ConversationsBenchmark(),
    new CheckpointingBenchmark(),
    new MapBenchmark(),
    new AlignBenchmark(),
    new TrainBenchmark(),
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
if (args.Length >= 1 && Array.Find(benchmarks, b => b.Name == args[0]) is { } chosen)
{
    Console.WriteLine(chosen.Run(args[1..]));
    return 0;
}

Console.Error.WriteLine($"Name a benchmark: {string.Join(", ", benchmarks.Select(b => b.Name))}.");
return 2;
