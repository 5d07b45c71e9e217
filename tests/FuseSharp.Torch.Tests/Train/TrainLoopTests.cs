using System.Text.Json.Nodes;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Pack;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Records;
using FuseSharp.Testing;
using FuseSharp.Torch.Models;
using FuseSharp.Torch.Train;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Tests.Train;

public sealed class TrainLoopTests
{
    private static readonly TrainOptions _options = new() { BatchSize = 2, Epochs = 3, LearningRate = 0.01, CheckpointEvery = 2, WarmupRatio = 0 };

    [Fact]
    public void Train_MicroBatches_GiveTheSameStep()
    {
        using var whole = Model();
        using var parts = Model();

        Run(whole, _options);
        Run(parts, _options with { MicroBatchSize = 1 });

        foreach (var (a, b) in whole.parameters().Zip(parts.parameters()))
        {
            Assert.InRange((a - b).abs().max().ToSingle(), 0, 2e-5);
        }
    }

    [Fact]
    public void Train_LossFallsWithFusedTargets()
    {
        using var model = Model();
        var steps = new List<TrainStep>();

        Run(model, _options with { Epochs = 20 }, log: steps.Add);

        Assert.InRange(steps[^1].Loss, 0, steps[0].Loss * 0.8);
        Assert.All(steps, s => Assert.Equal(24, s.Teachers[1])); // model 1 has the least nats per byte everywhere
    }

    [Fact]
    public void Train_EvaluationsGetWorse_StopsAndKeepsTheBest()
    {
        using var folder = new ScratchFolder();
        using var model = Model();
        var first = new List<float>();
        int evaluations = 0;
        double Validate()
        {
            if (++evaluations == 1)
            {
                first.AddRange(Weights(model));
            }

            return evaluations; // the first is the best
        }

        var result = Run(model, _options with { EvaluateEvery = 1, KeepBest = true, StopAfterWorse = 2 }, new TrainCheckpoint(folder.Path), validate: Validate);

        Assert.Equal(3, result.Steps);
        Assert.Equal(first, Weights(model));
    }

    [Fact]
    public void Train_LossBecomesNaN_NamesStepDocumentsAndCheckpoint()
    {
        using var folder = new ScratchFolder();
        using var model = Model();
        var checkpoint = new TrainCheckpoint(folder.Path);

        var fault = Assert.Throws<FuseSharpException>(() => Run(model, _options, checkpoint, step =>
        {
            if (step.Step == 3)
            {
                using var noGradient = no_grad();
                model.OutputWeight.fill_(float.NaN);
            }
        }));

        Assert.Contains("The loss of step 4", fault.Message, StringComparison.Ordinal);
        Assert.Contains("documents", fault.Message, StringComparison.Ordinal);
        Assert.Contains(checkpoint.Newest!, fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("step-00000002", checkpoint.Newest, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public void Train_SwitchesOffAModelThatIsNotPacked_IsRefused(int off)
    {
        using var model = Model();

        Assert.Throws<ArtifactException>(() => Run(model, _options with { SwitchedOff = [off] }));
    }

    [Fact]
    public void Checkpoint_MoreThanTheLimit_KeepsTheNewest()
    {
        using var folder = new ScratchFolder();
        using var model = Model();

        Run(model, _options with { CheckpointEvery = 1, CheckpointLimit = 2 }, new TrainCheckpoint(folder.Path, 2));

        Assert.Equal(["step-00000004", "step-00000005"], Directory.EnumerateDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Checkpoint_HalfWritten_IsNotSeen()
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder.At("step-00000009.partial"));

        Assert.Null(new TrainCheckpoint(folder.Path).Newest);
    }

    [Fact]
    public void Plan_WarmupSteps_OverruleTheRatio()
    {
        var plan = new TrainPlan(_options with { WarmupSteps = 4, WarmupRatio = 0.9, Schedule = LearningRateSchedule.Constant, Epochs = 10 }, 4);

        Assert.Equal([0, 0.0025, 0.005, 0.0075, 0.01, 0.01], Enumerable.Range(0, 6).Select(plan.LearningRateOf));
    }

    private static float[] Weights(CausalModel model) => [.. model.parameters().SelectMany(p => p.data<float>().ToArray())];

    private static TrainResult Run(CausalModel model, TrainOptions options, TrainCheckpoint? checkpoint = null, Action<TrainStep>? log = null, Func<double>? validate = null)
        => new Trainer(model, options, SilentProgress.Instance).Train(new BlocksInMemory(Blocks()), "test", checkpoint, log, CancellationToken.None, validate);

    private static CausalModel Model()
        => ModelFactory.Create(ModelConfig.Of(new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["vocab_size"] = 20,
            ["hidden_size"] = 16,
            ["intermediate_size"] = 24,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
            ["max_position_embeddings"] = 16,
        }, "test"), 3, ScalarType.Float32, CPU);

    private static PackedBlock[] Blocks()
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, 4).Select(b => new PackedBlock(
            [.. Enumerable.Range(0, 12).Select(_ => random.Next(20))],
            [new PackedSegment(b, 12, [3, 2, 4], [0.8f, 0.6f, 0.9f])],
            [.. Enumerable.Range(0, 3).Select(_ => new SparseRows([.. Enumerable.Range(0, 13).Select(t => t * 2)],
                [.. Enumerable.Range(0, 24).Select(i => (i % 2 * 10) + random.Next(10))], [.. Enumerable.Repeat(-1f, 24)]))]))];
    }
}
