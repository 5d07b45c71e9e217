using System.Diagnostics;
using System.Globalization;
using FuseSharp.Fusion.Records;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Train;
using FuseSharp.Progress;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>Training on fused blocks of 512 tokens, with 58M parameters and with the demo's 1.7M: against the float32 loop with dense targets, in tokens/s and peak memory, and
/// against its own matrix products alone, in the type that this processor is faster in, in the same process and in turns with them.</summary>
internal sealed class TrainBenchmark : IBenchmark
{
    private const int Rounds = 5;
    private const int LargeSequences = 4;
    private const int SmallSequences = 8;
    private const string LargeName = "large";
    private const string SmallName = "small";
    private const string Alone = "alone";

    public string Name => "train";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        if (arguments is [PeakMemory.ChildArgument, var size, var what])
        {
            if (what == Alone)
            {
                set_num_threads(1);
            }

            var peak = new PeakMemory();
            var work = size == SmallName ? (TrainBenchmarkModel.Small, SmallSequences, 40) : (TrainBenchmarkModel.Large, LargeSequences, Rounds);
            var (seconds, products) = what == "dense" ? (Dense(work), 0) : Fused(work, withProducts: what == "fused");
            Console.WriteLine(FormattableString.Invariant($"{seconds} {products} {peak.AddedBytes}"));
            return [];
        }

        // Whether a run should train without fusion and with it side by side: twice a thread each, beside all threads for the one and then for the other.
        var (together, _, _) = Child(SmallName, "fused-memory");
        double[] apart = [.. Enumerable.Range(0, Environment.ProcessorCount).AsParallel().WithDegreeOfParallelism(Environment.ProcessorCount).Select(_ => Child(SmallName, Alone).Seconds)];
        double tokens = SmallSequences * TrainBenchmarkModel.Small.Length;
        var sideBySide = new Figure($"{apart.Length} trainings of 1.7M parameters side by side, a thread each", apart.Sum(s => tokens / s), "tokens/s", null, new("one with all threads", tokens / together));
        return [sideBySide, .. Measure(LargeName, "58M parameters", LargeSequences, 0.85), .. Measure(SmallName, "1.7M parameters", SmallSequences, 0.6)];
    }

    private IEnumerable<Figure> Measure(string size, string parameters, int sequences, double share)
    {
        var (dense, _, denseBytes) = Child(size, "dense");
        var (fused, bare, _) = Child(size, "fused");
        var (_, _, fusedBytes) = Child(size, "fused-memory"); // the bare products take memory too
        double tokens = sequences * TrainBenchmarkModel.Large.Length;
        yield return new($"training step of {parameters}", tokens / fused, "tokens/s", Goal.AtLeast(3), new("float32 with dense targets", tokens / dense));
        yield return new($"training step of {parameters}", tokens / fused, "tokens/s", Goal.AtLeast(share), new("its matrix products", tokens / bare));
        yield return new($"its peak memory with {parameters}", fusedBytes / 1e6, "MB", size == LargeName ? Goal.AtMost(0.5) : null, new("float32 with dense targets", denseBytes / 1e6));
    }

    private (double Seconds, double Products, double Bytes) Child(string size, string what)
    {
        double[] numbers = [.. PeakMemory.InChild(Name, PeakMemory.ChildArgument, size, what)[^1].Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
        return (numbers[0], numbers[1], numbers[2]);
    }

    // The least of some rounds: what else the machine does only adds.
    private static (double Step, double Products) Fused((TrainBenchmarkModel Model, int Sequences, int Rounds) work, bool withProducts)
    {
        var options = new TrainOptions { BatchSize = work.Sequences, Epochs = work.Rounds + 1, LearningRate = 1e-4, CheckpointEvery = 0 };
        var type = WorkingType.Resolve(Precision.Auto, CPU);
        using var model = work.Model.Create(type);
        double best = double.MaxValue;
        double products = double.MaxValue;
        var clock = Stopwatch.StartNew();
        var blocks = new BlocksInMemory(work.Model.Blocks(work.Sequences));
        new Trainer(model, options, SilentProgress.Instance).Train(blocks, "benchmark", null, step =>
        {
            best = step.Step > 1 ? Math.Min(best, clock.Elapsed.TotalSeconds) : best;
            clock.Restart();
            if (withProducts)
            {
                work.Model.MatrixProducts(work.Sequences, type);
            }

            products = step.Step > 1 ? Math.Min(products, clock.Elapsed.TotalSeconds) : products;
            clock.Restart();
        }, CancellationToken.None);
        return (best, products);
    }

    // What one writes first: float32, every operation of libtorch by itself, targets as whole rows of the vocabulary, torch's AdamW.
    private static double Dense((TrainBenchmarkModel Model, int Sequences, int Rounds) work)
    {
        FuseSharp.Models.Kernels.KernelRows.AreOff = true;
        using var model = work.Model.Create(ScalarType.Float32);
        var optimizer = optim.AdamW(model.parameters(), lr: 1e-4, weight_decay: 0.1);
        var blocks = work.Model.Blocks(work.Sequences);
        double best = double.MaxValue;
        for (int round = 0; round <= 2; round++)
        {
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            optimizer.zero_grad();
            var logits = model.Logits(work.Model.Ids(blocks)).flatten(0, 1);
            var (labels, teacher) = work.Model.DenseTargets(blocks);
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
