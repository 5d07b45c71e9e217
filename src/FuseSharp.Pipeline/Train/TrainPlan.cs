using FuseSharp.Fusion.Fuse;


namespace FuseSharp.Pipeline.Train;

/// <summary>Everything about a run that is known before its first step: which blocks when, which learning rate, which λ.</summary>
/// <remarks>A function of the options and the number of blocks alone, so that a resumed run goes on as the run left alone would have.</remarks>
/// <param name="options">How the target learns.</param>
/// <param name="blocks">Blocks of an epoch.</param>
public sealed class TrainPlan(TrainOptions options, int blocks)
{
    private int[] _order = [];
    private int _orderedEpoch = -1;

    /// <summary>How many steps of how many blocks.</summary>
    public TrainLength Length { get; } = TrainLength.Compute(options, blocks);

    /// <summary>Steps in all.</summary>
    public int Steps => Length.Steps;

    /// <summary>The blocks of a step.</summary>
    /// <param name="step">0-based.</param>
    public ReadOnlySpan<int> BlocksOf(int step)
    {
        int epoch = step / Length.StepsPerEpoch;
        if (epoch != _orderedEpoch)
        {
            _order = [.. Enumerable.Range(0, blocks)];
            new Random(unchecked((int)((options.Seed * 1_000_003) + epoch))).Shuffle(_order);
            _orderedEpoch = epoch;
        }

        int start = step % Length.StepsPerEpoch * Length.BatchSize;
        return _order.AsSpan(start, Math.Min(Length.BatchSize, blocks - start));
    }

    /// <summary>The micro-batches of a step that a rank works on. Those of all ranks together are the step's blocks, whatever the number of ranks.</summary>
    /// <remarks>
    /// With <see cref="TrainOptions.MicroBatchSize"/> they are the same as for one rank, dealt out in turn: what drops out in them stays the same too.
    /// Without, each rank takes one part of the batch; where the batch does not divide, some parts have a block more.
    /// </remarks>
    /// <param name="step">0-based.</param>
    /// <param name="rank">Whose.</param>
    /// <param name="ranks">How many there are.</param>
    /// <param name="rounds">Most micro-batches of any rank: how often all must exchange gradients.</param>
    /// <returns>Each with its number in the step; fewer than <paramref name="rounds"/> where there is not work for all.</returns>
    public IReadOnlyList<(int Number, int[] Blocks)> MicroBatchesOf(int step, int rank, int ranks, out int rounds)
    {
        int[] blocks = [.. BlocksOf(step)];
        int Cut(int part) => (int)((long)blocks.Length * part / ranks);
        int[][] all = options.MicroBatchSize > 0 ? [.. blocks.Chunk(options.MicroBatchSize)]
            : [.. Enumerable.Range(0, ranks).Select(r => blocks[Cut(r)..Cut(r + 1)]).Where(p => p.Length > 0)];
        rounds = (all.Length + ranks - 1) / ranks;
        return [.. all.Index().Where(m => m.Index % ranks == rank).Select(m => (m.Index, m.Item))];
    }

    private double Largest => options.LearningRate ?? throw new InvalidOperationException("The learning rate is auto: RateStage chooses a number before a training.");

    /// <summary>Learning rate of a step, by the formulas of Hugging Face's schedulers but for the warm-up.</summary>
    /// <remarks>Theirs begins at 0, so that the first step teaches nothing, and a training of one step nothing at all; this one rises in equal parts from above 0.</remarks>
    /// <param name="step">0-based.</param>
    public double LearningRateOf(int step)
    {
        int warmup = options.WarmupSteps > 0 ? options.WarmupSteps : (int)Math.Ceiling(options.WarmupRatio * Steps);
        if (step < warmup)
        {
            return Largest * (step + 1) / (warmup + 1);
        }

        double progress = (double)(step - warmup) / Math.Max(1, Steps - warmup);
        return Largest * options.Schedule switch
        {
            LearningRateSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            LearningRateSchedule.Linear => 1 - progress,
            _ => 1,
        };
    }

    /// <summary>λ of a step.</summary>
    /// <param name="step">0-based.</param>
    public double LanguageModelWeightOf(int step)
        => options.Fusion switch
        {
            null => 1,
            { NextTokenSchedule: NextTokenSchedule.LinearToOne, NextTokenWeight: var start } => start + ((1 - start) * step / Steps),
            var fusion => fusion.NextTokenWeight,
        };
}
