using FuseSharp.Storage.Artifacts;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>The trainings that a learning rate is chosen by, each from the untouched target.</summary>
/// <param name="method">What is trained so.</param>
/// <param name="target">Folder of the model to start from.</param>
/// <param name="packed">Output of the pack stage.</param>
/// <param name="options">Of a training of one epoch, with its batch size.</param>
/// <param name="device">Where it runs.</param>
/// <param name="context">Gets steps.</param>
/// <param name="validation">What trials are judged by.</param>
internal sealed class RateTrainer(string method, string target, string packed, TrainOptions options, Device device, StageContext context, TrainValidation validation)
{
    /// <summary>Measures the target, then trains it at growing rates until it gets far worse.</summary>
    /// <param name="blocks">A batch, the same at every step: what changes is the rate and not the text.</param>
    /// <param name="steps">Of the range test; 0 for none.</param>
    /// <returns>Bits per byte of the target as it is, and the test.</returns>
    public (double Untouched, IReadOnlyList<RatePoint> Range) Begin(BlockSample blocks, int steps)
    {
        using var model = TrainStage.Load(method, target, packed, options, device);
        double untouched = validation.BitsPerByte(model);
        if (steps == 0)
        {
            return (untouched, []);
        }

        var points = new List<RatePoint>();
        var trainer = new Trainer(model.Network, options with { Epochs = steps, LearningRate = RateRange.RateOf(0, steps) }, context.Progress, context.Ranks)
        {
            LearningRates = step => RateRange.RateOf(step, steps),
            EndsAfter = step =>
            {
                points.Add(new RatePoint(step.LearningRate, step.Loss));
                return RateRange.IsOver(points[0].Loss, step.Loss);
            },
        };
        Finishes(() => trainer.Train(blocks, $"rate {method}: range test", null, null, context.Cancellation));
        return (untouched, points);
    }

    /// <summary>Trains at a rate.</summary>
    /// <param name="blocks">As many as the steps read.</param>
    /// <param name="rate">The largest of the training.</param>
    /// <param name="steps">Its length.</param>
    /// <param name="checkpoint">Of this trial: it goes on where it was told to stop.</param>
    public RateTrial Try(BlockSample blocks, double rate, int steps, TrainCheckpoint checkpoint)
    {
        using var model = TrainStage.Load(method, target, packed, options, device);
        var trainer = new Trainer(model.Network, options with { LearningRate = rate }, context.Progress, context.Ranks);
        if (!Finishes(() => trainer.Train(blocks, $"rate {method}: {RateChoice.Show(rate)}", checkpoint, null, context.Cancellation)))
        {
            return new RateTrial(rate, steps, null);
        }

        model.Network.eval();
        double bits = validation.BitsPerByte(model);
        return new RateTrial(rate, steps, double.IsFinite(bits) ? bits : null);
    }

    private static bool Finishes(Action train)
    {
        try
        {
            train();
            return true;
        }
        catch (DivergedException)
        {
            return false;
        }
    }
}
