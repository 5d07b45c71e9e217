using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Layers;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Exchange;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;
using FuseSharp.Testing;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>Several ranks train as one does, each holding a part of the state.</summary>
public sealed class RankTrainingTests
{
    private const long Bucket = 700; // of about 5,000 weights: cuts fall into parameters, the last bucket is short

    private static readonly TrainOptions _options = new() { BatchSize = 4, Epochs = 20, LearningRate = 0.01, CheckpointEvery = 6, WarmupRatio = 0 };

    /// <summary>Options of all kinds; the losses of ranks and of one process may differ by 1e-5.</summary>
    public static TheoryData<string, TrainOptions> Kinds => new()
    {
        { "full", _options },
        { "a step of fewer blocks", _options with { BatchSize = 3 } },
        { "micro-batches", _options with { MicroBatchSize = 1 } },
        { "two means", _options with { Fusion = new() { FullWeightWithoutTeacher = false, NextTokenSchedule = NextTokenSchedule.LinearToOne } } },
        { "lora", _options with { Mode = TrainMode.Lora, Lora = new LoraOptions { Rank = 2 } } },
        { "lora with dropout", _options with { Mode = TrainMode.Lora, MicroBatchSize = 1, Lora = new LoraOptions { Rank = 2, Dropout = 0.3 } } },
        { "checkpointing", _options with { GradientCheckpointing = true } },
        { "an exchange after each micro-batch", _options with { MicroBatchSize = 1, ExchangeOnce = false } },
        { "an exchange once a step", _options with { MicroBatchSize = 1, ExchangeOnce = true } },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Train_ByTwoOrThreeRanks_TakesTheSameSteps(string kind, TrainOptions options)
    {
        var (alone, weights) = Train(options, SingleProcess.Instance);

        foreach (int count in new[] { 2, 3 })
        {
            var all = ThreadProcessGroup.Run(count, r => Train(options, r, bucketNumbers: Bucket));

            var steps = all[0].Steps;
            Assert.Equal(alone.Count, steps.Count);
            Assert.All(alone.Zip(steps), s => Assert.True(Math.Abs(s.First.Loss - s.Second.Loss) < 1e-5, $"{kind}, {count} ranks, step {s.First.Step}: {s.First.Loss} and {s.Second.Loss}"));
            Assert.Equal(alone.SelectMany(s => s.Teachers.Append(s.Tokens)), steps.SelectMany(s => s.Teachers.Append(s.Tokens)));
            Assert.All(all, a => Assert.Equal(all[0].Weights, a.Weights)); // everyone has the same bits
            Assert.All(weights.Zip(all[0].Weights), w => Assert.InRange(Math.Abs(w.First - w.Second), 0, 1e-3));
        }
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    [InlineData(1, 3)]
    public void Checkpoint_ReadByAnotherNumberOfRanks_GoesOnAsOne(int before, int after)
    {
        using var folder = new ScratchFolder();
        var alone = Train(_options, SingleProcess.Instance).Steps;

        ThreadProcessGroup.Run(before, r => Train(_options, r, folder.Path, stopAt: 9, bucketNumbers: Bucket));
        var rest = ThreadProcessGroup.Run(after, r => Train(_options, r, folder.Path, bucketNumbers: 2 * Bucket))[0].Steps;

        Assert.Equal(Enumerable.Range(7, 14), rest.Select(s => s.Step)); // from the checkpoint of step 6
        Assert.All(alone.Skip(6).Zip(rest), s => Assert.InRange(Math.Abs(s.First.Loss - s.Second.Loss), 0, 1e-5));
    }

    [Theory]
    [InlineData(ExchangeType.Float32, null)]
    [InlineData(ExchangeType.Float32, false)]
    [InlineData(ExchangeType.Bfloat16, null)]
    public void Train_KilledAndContinuedByAsMany_HasTheSameBits(ExchangeType type, bool? once)
    {
        using var folder = new ScratchFolder();
        var options = _options with { MicroBatchSize = 1, Exchange = type, ExchangeOnce = once };

        var whole = ThreadProcessGroup.Run(3, r => Train(options, r, bucketNumbers: Bucket));
        ThreadProcessGroup.Run(3, r => Train(options, r, folder.Path, stopAt: 9, bucketNumbers: Bucket));
        var rest = ThreadProcessGroup.Run(3, r => Train(options, r, folder.Path, bucketNumbers: Bucket));

        Assert.Equal(whole[0].Steps.Skip(6).Select(s => s.Loss), rest[0].Steps.Select(s => s.Loss));
        Assert.Equal(whole[0].Weights, rest[0].Weights);
    }

    [Fact]
    public void Checkpoint_OfRanksThatHeldOnePieceEach_IsReadToo()
    {
        using var folder = new ScratchFolder();
        var alone = Train(_options, SingleProcess.Instance).Steps;

        ThreadProcessGroup.Run(3, r => Train(_options, r, folder.Path, stopAt: 9, bucketNumbers: long.MaxValue));
        foreach (string file in Directory.EnumerateFiles(folder.At("step-00000006"), "*.safetensors"))
        {
            Rewrite(file); // as versions wrote it that had no buckets
        }

        var rest = ThreadProcessGroup.Run(2, r => Train(_options, r, folder.Path, bucketNumbers: Bucket))[0].Steps;

        Assert.Equal(Enumerable.Range(7, 14), rest.Select(s => s.Step));
        Assert.All(alone.Skip(6).Zip(rest), s => Assert.InRange(Math.Abs(s.First.Loss - s.Second.Loss), 0, 1e-5));
    }

    [Theory]
    [InlineData(0, null, false)]
    [InlineData(1, true, false)]
    [InlineData(1, false, true)]
    public void Train_BucketsThatLeaveEarly_BringTheSameBits(int microBatch, bool? once, bool checkpointing)
    {
        var options = _options with { MicroBatchSize = microBatch, ExchangeOnce = once, GradientCheckpointing = checkpointing };

        var early = ThreadProcessGroup.Run(3, r => Train(options, r, bucketNumbers: Bucket));
        var late = ThreadProcessGroup.Run(3, r => Train(options, r, bucketNumbers: Bucket, sendsEarly: false));

        Assert.Equal(late[0].Weights, early[0].Weights);
        Assert.Equal(late[1].Weights, early[1].Weights);
    }

    [Theory]
    [InlineData(700)] // fails in the midst of a backward pass
    [InlineData(1 << 22)] // after it
    public void Train_TransportFails_EndsWithWhatItSays(long bucket)
    {
        var error = Assert.Throws<AggregateException>(() => ThreadProcessGroup.Run(2, r =>
        {
            using var own = TinyLlama.Create();
            return new Trainer(own, _options, SilentProgress.Instance, r) { BucketNumbers = bucket, Transport = () => new BrokenTransport() }.Train(TinyLlama.Source(), "test", null, null, CancellationToken.None);
        }));

        Assert.Equal("rank 1 is gone", Assert.IsType<ArtifactException>(error.InnerException).Message);
    }

    [Fact]
    public void WholeGradient_OfARankThatHasNoRoom_IsKeptByNone()
    {
        bool[] Holds(double bytesOfTheLast) => ThreadProcessGroup.Run(3, r =>
        {
            using var model = TinyLlama.Create();
            return RankMemory.HoldsWholeGradient(model, _options with { MicroBatchSize = 1, BatchSize = 12 }, 12, r, r.Rank == 2 ? bytesOfTheLast : 1e9);
        });

        Assert.Equal([true, true, true], Holds(1e9));
        Assert.Equal([false, false, false], Holds(30e6)); // the process itself takes as much
    }

    [Theory]
    [InlineData(ExchangeType.Float32, false)]
    [InlineData(ExchangeType.Bfloat16, true)]
    public void Key_HoldsTheTypeOfAnExchange_WhereItRounds(ExchangeType type, bool changes)
    {
        string Key(TrainOptions options) => JsonSerializer.Serialize(options.ForKey(), ArtifactJson.Options);

        Assert.Equal(changes, Key(_options) != Key(_options with { Exchange = type }));
        Assert.Equal(Key(_options), Key(_options with { ExchangeOnce = false })); // how often is a matter of the order of sums
        Assert.DoesNotContain("exchange", Key(_options), StringComparison.Ordinal); // trainings of before keep their keys
    }

    [Fact]
    public void Buckets_OfBlocksThatTheWayBackIsThrough_HaveLeft()
    {
        int[] early = ThreadProcessGroup.Run(2, ranks =>
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            using var model = TinyLlama.Create();
            using var optimizer = new FlatAdamW(new FlatParameters(model.parameters(), 2, 400), _options, ranks, new HostTransport(ranks));
            optimizer.Follow(model);
            model.GradientsAreThere = optimizer.SendsWith(isLast: true);
            model.Logits(TorchSharp.torch.zeros([1, 8], TorchSharp.torch.ScalarType.Int64)).sum().backward();
            int left = optimizer.EarlyBuckets;
            optimizer.CollectGradients(isLast: true);
            Assert.Null(optimizer.SendsWith(isLast: false)); // a micro-batch before the last one is kept
            return left;
        });

        // 320 weights of the embedding, twice 2,176 of a block, 320 of the head, 80 of norms, the last of which is outside of blocks: buckets 0 and 12 wait for the end.
        Assert.Equal([11, 11], early);
    }

    [Fact]
    public void Train_GradientsInBfloat16_LearnsAlmostTheSame()
    {
        var alone = Train(_options, SingleProcess.Instance).Steps;

        var two = ThreadProcessGroup.Run(2, r => Train(_options with { Exchange = ExchangeType.Bfloat16 }, r, bucketNumbers: Bucket));

        double[] differences = [.. alone.Zip(two[0].Steps).Select(s => Math.Abs(s.First.Loss - s.Second.Loss))];
        Assert.InRange(differences.Max(), 1e-7, 0.02); // 8 bits of each gradient; the loss falls by more than 1
        Assert.Equal(two[0].Weights, two[1].Weights);
    }

    [Fact]
    public void Train_ByRanks_SaysHowMuchOfAStepIsExchange()
    {
        var two = ThreadProcessGroup.Run(2, r => Train(_options, r))[0].Steps;

        Assert.All(two, s => Assert.InRange(s.ExchangeShare!.Value, 1e-9, 1));
        Assert.All(Train(_options, SingleProcess.Instance).Steps, s => Assert.Null(s.ExchangeShare));
    }

    [Fact]
    public void Train_BestOfRanks_IsKept()
    {
        using var folder = new ScratchFolder();
        var options = _options with { EvaluateEvery = 2, KeepBest = true, CheckpointEvery = 4 };
        double Worse(int step) => step == 6 ? 1 : 2;

        var alone = Train(options, SingleProcess.Instance, folder.At("one"), validate: Worse);
        var all = ThreadProcessGroup.Run(3, r => Train(options, r, folder.At("three"), validate: Worse));

        Assert.Equal(["best-00000006"], Directory.EnumerateDirectories(folder.At("three"), "best-*").Select(Path.GetFileName));
        Assert.All(alone.Weights.Zip(all[2].Weights), w => Assert.InRange(Math.Abs(w.First - w.Second), 0, 1e-4));
    }

    [Fact]
    public void Train_MoreRanksThanMicroBatches_IsRefused()
    {
        var fault = Assert.Throws<AggregateException>(() => ThreadProcessGroup.Run(3, r => Train(_options with { MicroBatchSize = 2 }, r)));

        Assert.Equal("A batch of 4 blocks makes 2 micro-batches, too few for 3 ranks. Start at most 2, or choose a smaller micro_batch_size or a larger batch_size.", Assert.IsType<ArtifactException>(fault.InnerException).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void MicroBatches_OfAllRanks_AreTheBatch(int size)
    {
        var plan = new TrainPlan(_options with { BatchSize = 10, MicroBatchSize = size }, 17);
        for (int ranks = 1; ranks <= 6; ranks++)
        {
            for (int step = 0; step < plan.Steps; step++)
            {
                int most = 0;
                var all = Enumerable.Range(0, ranks).Select(r => plan.MicroBatchesOf(step, r, ranks, out most)).ToList();

                Assert.Equal(plan.BlocksOf(step).ToArray(), all.SelectMany(m => m).OrderBy(m => m.Number).SelectMany(m => m.Blocks));
                Assert.Equal(most, all.Max(m => m.Count));
            }
        }
    }

    private static void Rewrite(string file)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        (string, TorchSharp.torch.Tensor)[] tensors;
        using (var reader = new SafetensorsReader(file))
        {
            Assert.Contains("part", reader.Names);
            tensors = [.. reader.Names.Where(n => n != "part").Select(n => (n, reader.Read(n)))];
        }

        SafetensorsWriter.Write(file, tensors);
    }

    private static (List<TrainStep> Steps, float[] Weights) Train(TrainOptions options, IProcessGroup ranks, string? folder = null, int stopAt = int.MaxValue, Func<int, double>? validate = null, long bucketNumbers = 1 << 22, bool sendsEarly = true)
    {
        using var model = TinyLlama.Create();
        if (options.Mode == TrainMode.Lora)
        {
            model.Adapters = LowRankAdapters.Attach(model, options.Lora, 1, quantizes: false);
        }

        var steps = new List<TrainStep>();
        int evaluations = options.KeepBest ? -1 : 0; // the first is of the untouched model
        var checkpoint = folder is null ? null : new TrainCheckpoint(folder, 1, ranks);
        try
        {
            TinyLlama.Train(model, options, checkpoint, step =>
            {
                steps.Add(step);
                if (step.Step == stopAt)
                {
                    throw new OperationCanceledException();
                }
            }, validate is null ? null : () => validate(options.EvaluateEvery!.Value * ++evaluations), ranks, bucketNumbers: bucketNumbers, sendsEarly: sendsEarly);
        }
        catch (OperationCanceledException) when (steps.Count == stopAt)
        {
        }

        return (steps, [.. model.parameters().Where(p => p.requires_grad).SelectMany(p => p.data<float>().ToArray())]);
    }

    private sealed class BrokenTransport : IGradientTransport
    {
        public string Name => "nothing";

        public TorchSharp.torch.Device Device => TorchSharp.torch.CPU;

        public IPendingSum BeginReduceScatter(TorchSharp.torch.Tensor bucket) => throw new ArtifactException("rank 1 is gone");

        public void AllGather(TorchSharp.torch.Tensor bucket)
        {
        }

        public void Dispose()
        {
        }
    }
}
