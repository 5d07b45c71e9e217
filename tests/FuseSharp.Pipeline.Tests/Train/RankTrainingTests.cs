using FuseSharp.Errors;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Ranks;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>Several ranks train as one does, each holding a part of the state.</summary>
public sealed class RankTrainingTests
{
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
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Train_ByTwoOrThreeRanks_TakesTheSameSteps(string kind, TrainOptions options)
    {
        var (alone, weights) = Train(options, SingleProcess.Instance);

        foreach (int count in new[] { 2, 3 })
        {
            var all = ThreadProcessGroup.Run(count, r => Train(options, r));

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

        ThreadProcessGroup.Run(before, r => Train(_options, r, folder.Path, stopAt: 9));
        var rest = ThreadProcessGroup.Run(after, r => Train(_options, r, folder.Path))[0].Steps;

        Assert.Equal(Enumerable.Range(7, 14), rest.Select(s => s.Step)); // from the checkpoint of step 6
        Assert.All(alone.Skip(6).Zip(rest), s => Assert.InRange(Math.Abs(s.First.Loss - s.Second.Loss), 0, 1e-5));
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

    [Theory]
    [InlineData(3, 1)]
    [InlineData(3, 7)]
    [InlineData(4, 50)]
    [InlineData(2, RankExchange.DefaultStagedNumbers)]
    public void Exchange_StageOfAnySize_SumsAndGathers(int count, long staged)
    {
        long[][] shapes = [[5, 7], [3], [11, 2], [1, 1], [4]];
        Tensor Numbers(long[] shape, int rank) => TorchSharp.torch.arange(shape.Aggregate(1L, (a, b) => a * b), ScalarType.Float32).view(shape).mul(RootedScalar.Of(rank + 1));

        var all = ThreadProcessGroup.Run(count, ranks =>
        {
            using var scope = NewDisposeScope();
            Tensor[] parameters = [.. shapes.Select(s => zeros(s).fill_(RootedScalar.Of(ranks.Rank)).requires_grad_())];
            foreach (var (parameter, i) in parameters.Select((p, i) => (p, i)).Where(p => p.i != 3)) // one gets no gradient
            {
                parameter.grad = Numbers(shapes[i], ranks.Rank);
            }

            var flat = new FlatParameters(parameters, ranks.Count);
            var share = zeros(flat.ShareOf(ranks.Rank).Count);
            var exchange = new RankExchange(flat, ranks, staged);
            exchange.AddGradients(share, isEmpty: true);
            exchange.AddGradients(share, isEmpty: false);
            exchange.GatherWeights();
            return (Sums: share.data<float>().ToArray(), Weights: parameters.OrderBy(p => p.dim() < 2).SelectMany(p => p.data<float>().ToArray()).ToArray());
        });

        float factor = 2 * Enumerable.Range(1, count).Sum();
        float[] Flat(int i) => [.. Enumerable.Range(0, (int)shapes[i].Aggregate(1L, (a, b) => a * b)).Select(n => i == 3 ? 0 : n * factor)];
        Assert.Equal([.. Flat(0), .. Flat(2), .. Flat(3), .. Flat(1), .. Flat(4)], all.SelectMany(a => a.Sums));
        float[] owners = [.. all.SelectMany((a, rank) => a.Sums.Select(_ => (float)rank))]; // every weight is as its owner had it
        Assert.All(all, a => Assert.Equal(owners, a.Weights));
    }

    private static (List<TrainStep> Steps, float[] Weights) Train(TrainOptions options, IProcessGroup ranks, string? folder = null, int stopAt = int.MaxValue, Func<int, double>? validate = null)
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
            }, validate is null ? null : () => validate(options.EvaluateEvery!.Value * ++evaluations), ranks);
        }
        catch (OperationCanceledException) when (steps.Count == stopAt)
        {
        }

        return (steps, [.. model.parameters().Where(p => p.requires_grad).SelectMany(p => p.data<float>().ToArray())]);
    }
}
