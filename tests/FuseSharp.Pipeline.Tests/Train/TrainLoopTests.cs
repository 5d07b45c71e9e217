using FuseSharp.Errors;
using FuseSharp.Models.Architectures;
using FuseSharp.Pipeline.Train;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train;

public sealed class TrainLoopTests
{
    private static readonly TrainOptions _options = new() { BatchSize = 2, Epochs = 3, LearningRate = 0.01, CheckpointEvery = 2, WarmupRatio = 0 };

    [Fact]
    public void Train_MicroBatches_GiveTheSameStep()
    {
        using var whole = TinyLlama.Create();
        using var parts = TinyLlama.Create();

        TinyLlama.Train(whole, _options);
        TinyLlama.Train(parts, _options with { MicroBatchSize = 1 });

        foreach (var (a, b) in whole.parameters().Zip(parts.parameters()))
        {
            Assert.InRange((a - b).abs().max().ToSingle(), 0, 2e-5);
        }
    }

    [Fact]
    public void Train_LossFallsWithFusedTargets()
    {
        using var model = TinyLlama.Create();
        var steps = new List<TrainStep>();

        TinyLlama.Train(model, _options with { Epochs = 20 }, log: steps.Add);

        Assert.InRange(steps[^1].Loss, 0, steps[0].Loss * 0.8);
        Assert.All(steps, s => Assert.Equal(24, s.Teachers[1])); // model 1 has the least nats per byte everywhere
    }

    [Fact]
    public void Train_EvaluationsGetWorse_StopsAndKeepsTheBest()
    {
        using var folder = new ScratchFolder();
        using var model = TinyLlama.Create();
        var first = new List<float>();
        int evaluations = 0;
        double Validate()
        {
            if (++evaluations == 2)
            {
                first.AddRange(Weights(model));
            }

            return evaluations == 1 ? 9 : evaluations; // of the untouched model, then the first is the best
        }

        var result = TinyLlama.Train(model, _options with { EvaluateEvery = 1, KeepBest = true, StopAfterWorse = 2 }, new TrainCheckpoint(folder.Path), validate: Validate);

        Assert.Equal(3, result.Steps);
        Assert.Equal(first, Weights(model));
    }

    [Fact]
    public void Train_EveryStateIsWorse_ResultIsTheUntouchedModel()
    {
        using var folder = new ScratchFolder();
        using var model = TinyLlama.Create();
        float[] before = Weights(model);
        int evaluations = 0;

        var result = TinyLlama.Train(model, _options with { EvaluateEvery = 2 }, new TrainCheckpoint(folder.Path), validate: () => ++evaluations);

        Assert.Equal((6, 0, 1.0, 1.0), (result.Steps, result.BestStep, result.UntouchedBitsPerByte, result.BestBitsPerByte));
        Assert.Equal(4, evaluations); // untouched, and after steps 2, 4 and 6
        Assert.Equal(before, Weights(model));
    }

    [Fact]
    public void Train_StoppedBehindTheBest_GoesOnToTheSameBest()
    {
        using var folder = new ScratchFolder();
        using var whole = TinyLlama.Create();
        using var stopped = TinyLlama.Create();
        double[] bits = [5, 4, 3, 6, 7, 8, 9]; // untouched, then after each of six steps
        var options = _options with { EvaluateEvery = 1, CheckpointEvery = 3 };
        int first = 0;
        TinyLlama.Train(whole, options, new TrainCheckpoint(folder.At("whole")), validate: () => bits[first++]);

        int second = 0;
        Assert.Throws<InvalidOperationException>(() => TinyLlama.Train(stopped, options, new TrainCheckpoint(folder.At("stopped")),
            s => _ = s.Step == 4 ? throw new InvalidOperationException() : s, () => bits[second++]));
        using var continued = TinyLlama.Create();
        int third = 4;
        var result = TinyLlama.Train(continued, options, new TrainCheckpoint(folder.At("stopped")), validate: () => bits[third++]);

        Assert.Equal((2, 5.0, 3.0), (result.BestStep, result.UntouchedBitsPerByte, result.BestBitsPerByte));
        Assert.Equal(Weights(whole), Weights(continued));
    }

    [Fact]
    public void Train_LossBecomesNaN_NamesStepDocumentsAndCheckpoint()
    {
        using var folder = new ScratchFolder();
        using var model = TinyLlama.Create();
        var checkpoint = new TrainCheckpoint(folder.Path);

        var fault = Assert.Throws<DivergedException>(() => TinyLlama.Train(model, _options, checkpoint, step =>
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
    [InlineData("three")]
    [InlineData("target", "one", "two")]
    public void Train_ExcludesAModelThatIsNotPackedOrAll_IsRefused(params string[] excluded)
    {
        using var model = TinyLlama.Create();

        Assert.Throws<ArtifactException>(() => TinyLlama.Train(model, _options with { Fusion = new() { ExcludeTeachers = excluded } }));
    }

    [Fact]
    public void Checkpoint_MoreThanTheLimit_KeepsTheNewest()
    {
        using var folder = new ScratchFolder();
        using var model = TinyLlama.Create();

        TinyLlama.Train(model, _options with { CheckpointEvery = 1, CheckpointLimit = 2 }, new TrainCheckpoint(folder.Path, 2));

        Assert.Equal(["step-00000004", "step-00000005"], Directory.EnumerateDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Checkpoint_HalfWrittenOrStray_IsNotSeen()
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder.At("step-00000009.partial"));
        Directory.CreateDirectory(folder.At("step-zzz"));
        Directory.CreateDirectory(folder.At("step-9"));

        Assert.Null(new TrainCheckpoint(folder.Path).Newest);
    }

    [Fact]
    public void Plan_WarmupSteps_OverruleTheRatio()
    {
        var plan = new TrainPlan(_options with { WarmupSteps = 4, WarmupRatio = 0.9, Schedule = LearningRateSchedule.Constant, Epochs = 10 }, 4);

        Assert.Equal([0.002, 0.004, 0.006, 0.008, 0.01, 0.01], Enumerable.Range(0, 6).Select(s => Math.Round(plan.LearningRateOf(s), 12)));
    }

    private static float[] Weights(CausalModel model) => [.. model.parameters().SelectMany(p => p.data<float>().ToArray())];
}
