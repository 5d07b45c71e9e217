using System.Globalization;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Layers;
using FuseSharp.Pipeline.Train;
using FuseSharp.Progress;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>The memory that a plan foretells, against the measured peak of two training steps in a process of their own, for several sizes and modes. Arguments: numbers of the sizes.</summary>
internal sealed class PlanBenchmark : IBenchmark
{

    private static readonly (int Hidden, int Layers, int Vocabulary, int Length, TrainOptions Options)[] _sizes =
    [
        (256, 4, 8000, 256, new TrainOptions { BatchSize = 8 }),
        (512, 8, 32000, 512, new TrainOptions { BatchSize = 4 }),
        (768, 8, 16000, 512, new TrainOptions { BatchSize = 8, GradientCheckpointing = true }),
        (768, 8, 16000, 512, new TrainOptions { BatchSize = 4, Mode = TrainMode.Qlora, Lora = new LoraOptions { Rank = 16 } }),
        (768, 8, 16000, 512, new TrainOptions { BatchSize = 4, Mode = TrainMode.Lora, Lora = new LoraOptions { Rank = 16 } }),
    ];

    public string Name => "plan";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        if (arguments is [PeakMemory.ChildArgument, var number])
        {
            Console.WriteLine(Measure(int.Parse(number, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture));
            return [];
        }

        double worst = 0;
        foreach (int i in arguments.Length > 0 ? arguments.Select(a => int.Parse(a, CultureInfo.InvariantCulture)) : Enumerable.Range(0, _sizes.Length))
        {
            var (hidden, layers, vocabulary, length, options) = _sizes[i];
            var plan = TrainMemory.Compute(ModelCounts.Count(Llama(i).Config, "benchmark"), options, length, 2);
            double measured = double.Parse(PeakMemory.InChild(Name, PeakMemory.ChildArgument, i.ToString(CultureInfo.InvariantCulture))[^1], CultureInfo.InvariantCulture);
            double error = (plan.Total - measured) / measured;
            worst = Math.Max(worst, Math.Abs(error));
            Console.WriteLine(FormattableString.Invariant($"{hidden} × {layers}, vocabulary {vocabulary}, {options.BatchSize} × {length}, {options.Mode}{(options.GradientCheckpointing ? ", checkpointing" : "")}: planned {plan.Total / 1e6:F0} MB (weights {plan.Weights / 1e6:F0}, optimizer {plan.Optimizer / 1e6:F0}, activations {plan.Activations / 1e6:F0}, work {plan.Work / 1e6:F0}), measured {measured / 1e6:F0} MB, {error:+0.0 %;-0.0 %}"));
        }

        return [new("planned memory of a training off its measured peak, at most", 100 * worst, "%", Goal.AtMost(15))];
    }

    private static long Measure(int i)
    {
        var (_, _, vocabulary, length, options) = _sizes[i];
        string folder = Directory.CreateTempSubdirectory("fusesharp-plan-").FullName;
        try
        {
            // Loaded as a user's is: with NF4 it never exists in bfloat16.
            Llama(i).Write(folder, null);
            var peak = new PeakMemory();
            using var model = ModelFolder.Load(folder, ScalarType.BFloat16, CPU, options.Mode == TrainMode.Qlora);
            Train(model, vocabulary, length, options);
            return peak.AddedBytes;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Train(CausalModel model, int vocabulary, int length, TrainOptions options)
    {
        if (options.Mode != TrainMode.Full)
        {
            model.Adapters = LowRankAdapters.Attach(model, options.Lora, 1, options.Mode == TrainMode.Qlora);
        }

        var random = new Random(1);
        PackedBlock[] blocks = [.. Enumerable.Range(0, options.BatchSize * 3).Select(b => new PackedBlock(
            [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))], [new PackedSegment(b, length, [], [])], []))];
        new Trainer(model, options, SilentProgress.Instance).Train(new BlocksInMemory(blocks), "benchmark", null, null, CancellationToken.None);
    }

    private static BenchmarkLlama Llama(int i)
    {
        var (hidden, layers, vocabulary, length, _) = _sizes[i];
        return new BenchmarkLlama(vocabulary, hidden, hidden * 11 / 4, layers, hidden / 64, length);
    }
}
