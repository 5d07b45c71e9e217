using System.Diagnostics;
using System.Globalization;
using FuseSharp.Models.Architectures;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>Peak memory and time of a forward and backward pass with gradient checkpointing, against one without: a Llama of 8 blocks, 4 texts of 512 tokens.</summary>
internal sealed class CheckpointingBenchmark : IBenchmark
{
    private const string ChildArgument = "--child";

    public string Name => "checkpointing";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        if (arguments is [ChildArgument, var uses])
        {
            var (bytes, seconds) = Measure(bool.Parse(uses));
            Console.WriteLine(FormattableString.Invariant($"{bytes} {seconds}"));
            return [];
        }

        var measured = new (double Bytes, double Seconds)[2];
        for (int i = 0; i < 2; i++)
        {
            double[] numbers = [.. PeakMemory.InChild(Name, ChildArgument, i == 1 ? "true" : "false")[^1].Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
            measured[i] = (numbers[0], numbers[1]);
            Console.WriteLine(FormattableString.Invariant($"{(i == 1 ? "with" : "without"),-8} peak {numbers[0] / 1e6,6:F0} MB, {numbers[1]:F2} s"));
        }

        Console.WriteLine(FormattableString.Invariant($"time {measured[1].Seconds / measured[0].Seconds:F2} times"));
        return [new("peak memory of a pass with checkpointing", measured[1].Bytes / 1e6, "MB", Goal.AtMost(0.5), new("without", measured[0].Bytes / 1e6))];
    }

    private static (long Bytes, double Seconds) Measure(bool uses)
    {
        using var model = new BenchmarkLlama(Vocabulary: 1024, Hidden: 384, Inner: 1024, Layers: 8, Heads: 6, Length: 512).Create(ScalarType.Float32);
        model.UsesGradientCheckpointing = uses;
        Pass(model, 8); // gradients and compiled code exist from now on
        var peak = new PeakMemory();
        double best = double.MaxValue;
        for (int i = 0; i < 4; i++)
        {
            var clock = Stopwatch.StartNew();
            Pass(model, 512);
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }

        return (peak.AddedBytes, best);
    }

    private static void Pass(CausalModel model, int length)
    {
        using var scope = NewDisposeScope();
        model.HiddenStates(ones([4, length], ScalarType.Int64)).square().mean().backward();
    }
}
