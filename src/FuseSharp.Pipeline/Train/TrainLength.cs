using FuseSharp.Progress;


namespace FuseSharp.Pipeline.Train;

/// <summary>How long a training is: known before its first step.</summary>
/// <param name="Blocks">Blocks of an epoch.</param>
/// <param name="BatchSize">Blocks of one optimizer step.</param>
/// <param name="Epochs">Passes over the training data.</param>
public sealed record TrainLength(int Blocks, int BatchSize, int Epochs)
{
    /// <summary>Largest batch that is chosen: the published FuseLLM run's.</summary>
    public const int PublishedBatchSize = 128;

    // Below it a step's gradient is mostly noise; the demo's regimes were measured with it (docs/experiments.md).
    private const int SmallestChosen = 8;

    // Enough steps for warm-up and decay to have a shape. The published run has some thousands.
    private const int WantedSteps = 100;

    // A handful of steps moves a model hardly at all, whatever the learning rate.
    private const int FewSteps = 20;

    /// <summary>The length of a training.</summary>
    /// <param name="options">Its batch size 0 means one that fits: the largest of 128, 64, 32, 16 and 8 that leaves at least 100 steps, else 8.</param>
    /// <param name="blocks">Blocks of an epoch.</param>
    public static TrainLength Compute(TrainOptions options, int blocks)
    {
        int chosen = PublishedBatchSize;
        while (chosen > SmallestChosen && new TrainLength(blocks, chosen, options.Epochs).Steps < WantedSteps)
        {
            chosen /= 2;
        }

        return new TrainLength(blocks, options.BatchSize > 0 ? options.BatchSize : chosen, options.Epochs);
    }

    /// <summary>Most micro-batches that a rank works on in a step.</summary>
    /// <param name="batchSize">Blocks of a step.</param>
    /// <param name="microBatchSize">Blocks that are in memory together; 0: a rank's whole part of the batch.</param>
    /// <param name="ranks">Processes that train together.</param>
    public static int RoundsOf(int batchSize, int microBatchSize, int ranks)
        => microBatchSize == 0 ? 1 : (int)((((long)batchSize + microBatchSize - 1) / microBatchSize + ranks - 1) / ranks);

    /// <summary>Steps of an epoch; the last one may be smaller.</summary>
    public int StepsPerEpoch => (int)(((long)Blocks + BatchSize - 1) / BatchSize);

    /// <summary>Optimizer steps in all.</summary>
    public int Steps => StepsPerEpoch * Epochs;

    /// <summary>What to say before a training of so few steps that it can hardly learn; null for others.</summary>
    public string? Warning
        => Steps >= FewSteps ? null
            : $"Training has too few steps to learn much: {this}. Give more text, raise train.epochs{(BatchSize > 1 ? ", or lower train.batch_size" : "")}.";

    /// <summary>Tells it before a training, and warns of a short one.</summary>
    /// <param name="name">Of the training.</param>
    /// <param name="progress">Gets the lines.</param>
    /// <param name="warns">False where the warning was given before.</param>
    internal void Say(string name, IProgressReporter progress, bool warns = true)
    {
        progress.Say($"train {name}: {this}");
        if (warns && Warning is { } warning)
        {
            progress.Say($"Warning: {warning}");
        }
    }

    /// <summary>As in <c>batch 8 of 97 blocks, 2 epochs: 26 steps</c>.</summary>
    public override string ToString()
        => FormattableString.Invariant($"batch {BatchSize} of {Blocks:N0} block{(Blocks == 1 ? "" : "s")}{(Epochs == 1 ? "" : $", {Epochs} epochs")}: {Steps:N0} step{(Steps == 1 ? "" : "s")}");
}
