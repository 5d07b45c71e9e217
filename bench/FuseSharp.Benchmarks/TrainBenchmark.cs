using System.Diagnostics;
using System.Globalization;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Train;
using FuseSharp.Progress;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>Training a Llama of 8 blocks, 512 wide, vocabulary 32,000, on fused blocks of 512 tokens: against the float32 loop with dense targets, in tokens/s and peak
/// memory, and against its own matrix products alone, in the same process and in turns with them.</summary>
internal sealed class TrainBenchmark : IBenchmark
{
    private const int Sequences = 4;
    private const int Rounds = 5;

    public string Name => "train";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        if (arguments is [PeakMemory.ChildArgument, var what])
        {
            var peak = new PeakMemory();
            var (seconds, products) = what == "dense" ? (Dense(), 0) : Fused(withProducts: what == "fused");
            Console.WriteLine(FormattableString.Invariant($"{seconds} {products} {peak.AddedBytes}"));
            return [];
        }

        var (dense, _, denseBytes) = Child("dense");
        var (fused, bare, _) = Child("fused");
        var (_, _, fusedBytes) = Child("fused-memory"); // the bare products take memory too
        const double Tokens = Sequences * TrainBenchmarkModel.Length;
        Console.WriteLine(FormattableString.Invariant($"float32, dense targets   {Tokens / dense,7:F0} tokens/s, peak {denseBytes / 1e6,6:F0} MB"));
        Console.WriteLine(FormattableString.Invariant($"this trainer             {Tokens / fused,7:F0} tokens/s, peak {fusedBytes / 1e6,6:F0} MB"));
        Console.WriteLine(FormattableString.Invariant($"its matrix products      {Tokens / bare,7:F0} tokens/s"));
        return [
            new("training step of 58M parameters", Tokens / fused, "tokens/s", Goal.AtLeast(3), new("float32 with dense targets", Tokens / dense)),
            new("the same", Tokens / fused, "tokens/s", Goal.AtLeast(0.85), new("its matrix products", Tokens / bare)),
            new("its peak memory", fusedBytes / 1e6, "MB", Goal.AtMost(0.5), new("float32 with dense targets", denseBytes / 1e6)),
        ];
    }

    private (double Seconds, double Products, double Bytes) Child(string what)
    {
        double[] numbers = [.. PeakMemory.InChild(Name, PeakMemory.ChildArgument, what)[^1].Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
        return (numbers[0], numbers[1], numbers[2]);
    }

    // The least of some rounds: what else the machine does only adds.
    private static (double Step, double Products) Fused(bool withProducts)
    {
        var options = new TrainOptions { BatchSize = Sequences, Epochs = Rounds + 1, LearningRate = 1e-4, CheckpointEvery = 0 };
        using var model = TrainBenchmarkModel.Create(ScalarType.BFloat16);
        double best = double.MaxValue;
        double products = double.MaxValue;
        var clock = Stopwatch.StartNew();
        var blocks = new BlocksInMemory(TrainBenchmarkModel.Blocks(Sequences));
        new Trainer(model, options, SilentProgress.Instance).Train(blocks, "benchmark", null, step =>
        {
            best = step.Step > 1 ? Math.Min(best, clock.Elapsed.TotalSeconds) : best;
            clock.Restart();
            if (withProducts)
            {
                TrainBenchmarkModel.MatrixProducts(Sequences);
            }

            products = step.Step > 1 ? Math.Min(products, clock.Elapsed.TotalSeconds) : products;
            clock.Restart();
        }, CancellationToken.None);
        return (best, products);
    }

    // What one writes first: float32, every operation of libtorch by itself, targets as whole rows of the vocabulary, torch's AdamW.
    private static double Dense()
    {
        FuseSharp.Models.Kernels.KernelRows.AreOff = true;
        using var model = TrainBenchmarkModel.Create(ScalarType.Float32);
        var optimizer = optim.AdamW(model.parameters(), lr: 1e-4, weight_decay: 0.1);
        var blocks = TrainBenchmarkModel.Blocks(Sequences);
        double best = double.MaxValue;
        for (int round = 0; round <= 2; round++)
        {
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            optimizer.zero_grad();
            var logits = model.Logits(TrainBenchmarkModel.Ids(blocks)).flatten(0, 1);
            var (labels, teacher) = TrainBenchmarkModel.DenseTargets(blocks);
            var logQ = nn.functional.log_softmax(logits, 1);
            var loss = (0.5 * nn.functional.nll_loss(logQ, labels)) - (0.5 * (teacher * logQ).sum(1).mean());
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            optimizer.step();
            best = round > 0 ? Math.Min(best, clock.Elapsed.TotalSeconds) : best;
        }

        return best;
    }
}
