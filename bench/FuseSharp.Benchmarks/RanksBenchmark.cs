using System.Diagnostics;
using System.Globalization;
using FuseSharp.Fusion.Records;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Exchange;
using FuseSharp.Progress;
using FuseSharp.Storage.Ranks;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>Two ranks of one thread, processes that mpirun starts, against one process of two threads: steps of the training benchmark's model (58 million weights, in the type that this
/// processor is faster in), in turns.</summary>
/// <remarks>Words behind the name change what ranks do: <c>bfloat16</c> the type that gradients travel in, <c>each</c> an exchange after each micro-batch, <c>late</c> none during the backward pass.</remarks>
internal sealed class RanksBenchmark : IBenchmark
{
    private const int Ranks = 2;
    private const int Sequences = 8; // the smallest batch that is chosen by itself
    private const int MicroBatch = 2;
    private const int Rounds = 7;
    private const string Mark = "step ";

    public string Name => "ranks";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        if (arguments is [PeakMemory.ChildArgument, .. var words])
        {
            using var ranks = MpiLauncher.Join();
            TakeSteps(ranks, words);
            return [];
        }

        if (Mpirun.IsMissing)
        {
            Console.WriteLine("ranks: not measured, mpirun is not here");
            return [];
        }

        var type = WorkingType.Choose(Precision.Auto, CPU);
        Console.WriteLine($"weights in {type}");
        string assembly = typeof(RanksBenchmark).Assembly.Location;
        var alone = new ProcessStartInfo("dotnet", [assembly, Name, PeakMemory.ChildArgument, $"{type}", .. arguments]) { RedirectStandardOutput = true };
        alone.Environment["OMP_NUM_THREADS"] = "2";
        using var one = new Job(alone);
        using var two = new Job(Mpirun.Of(Ranks, assembly, [Name, PeakMemory.ChildArgument, $"{type}", .. arguments])); // a thread each
        var ratios = new List<double>();
        var shares = new List<double>();
        var work = new List<double>(); // hardly depends on what else the machine does
        var speeds = new List<double>();
        double tokens = Sequences * TrainBenchmarkModel.Large.Length;
        for (int round = 0; round <= Rounds; round++)
        {
            var (seconds, _, processor) = one.Step(goes: round > 0);
            var (ranked, share, processors) = two.Step(goes: round > 0);
            if (round > 0) // the first warms up, both at once
            {
                Console.WriteLine(FormattableString.Invariant($"one process {tokens / seconds,6:F0} tokens/s, {Ranks} ranks {tokens / ranked,6:F0}, of which {share:P1} exchanging; processor time {processor:F1} s and {processors:F1} s"));
                ratios.Add(seconds / ranked);
                speeds.Add(tokens / ranked);
                work.Add(processor / processors);
                shares.Add(share);
            }
        }

        double Middle(List<double> values) => values.Order().ElementAt(Rounds / 2);
        return
        [
            new($"training step of 58M parameters by {Ranks} ranks of one thread", Middle(speeds), "tokens/s", Goal.AtLeast(0.95), new($"one process of {Ranks} threads", Middle(speeds) / Middle(ratios))),
            new("of a step spent exchanging", Middle(shares) * 100, "%"),
            new("tokens of ranks a second of processor time, by those of one process", Middle(work), ""),
        ];
    }

    private static void TakeSteps(IProcessGroup ranks, string[] words)
    {
        var options = new TrainOptions
        {
            BatchSize = Sequences,
            MicroBatchSize = MicroBatch,
            Epochs = Rounds + 1,
            LearningRate = 1e-4,
            CheckpointEvery = 0,
            Exchange = words.Contains("bfloat16") ? ExchangeType.Bfloat16 : ExchangeType.Float32,
            ExchangeOnce = !words.Contains("each"),
        };
        using var model = TrainBenchmarkModel.Large.Create(words[0] == $"{Precision.Float32}" ? ScalarType.Float32 : ScalarType.BFloat16);
        var blocks = TrainBenchmarkModel.Large.Blocks(Sequences);
        double before = 0;
        var clock = Stopwatch.StartNew();
        new Trainer(model, options, SilentProgress.Instance, ranks) { SendsEarly = !words.Contains("late") }.Train(new BlocksInMemory(blocks), "benchmark", null, step =>
        {
            double seconds = clock.Elapsed.TotalSeconds;
            double[] processor = [Environment.CpuUsage.TotalTime.TotalSeconds];
            ranks.Sum(processor);
            (processor[0], before) = (processor[0] - before, processor[0]);
            if (ranks.Rank == 0)
            {
                Console.WriteLine(FormattableString.Invariant($"{Mark}{seconds} {step.ExchangeShare ?? 0} {processor[0]}"));
                Console.In.ReadLine();
            }

            ranks.Barrier(); // asleep: the other job has the processor
            clock.Restart();
        }, CancellationToken.None);
    }

    // A process, or several, that take a step each time they are told to.
    private sealed class Job : IDisposable
    {
        private readonly Process _process;

        public Job(ProcessStartInfo start)
        {
            start.RedirectStandardInput = true;
            start.RedirectStandardError = false;
            _process = Process.Start(start)!;
        }

        public (double Seconds, double ExchangeShare, double Processor) Step(bool goes)
        {
            if (goes)
            {
                _process.StandardInput.WriteLine();
                _process.StandardInput.Flush();
            }

            // mpirun gives ranks a terminal, which .NET greets.
            while (_process.StandardOutput.ReadLine() is { } line)
            {
                if (line.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at)
                {
                    double[] numbers = [.. line[(at + Mark.Length)..].Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
                    return (numbers[0], numbers[1], numbers[2]);
                }
            }

            throw new InvalidOperationException("A job of the benchmark has ended too early.");
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
