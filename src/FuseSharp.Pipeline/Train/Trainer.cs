using System.Diagnostics;
using FuseSharp.Errors;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;
using FuseSharp.Models.Architectures;
using FuseSharp.Options;
using FuseSharp.Pipeline.Train.Exchange;
using FuseSharp.Progress;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Pipeline.Train;

/// <summary>Trains a model on packed blocks: on the fused distributions where they are, on the next token everywhere.</summary>
/// <param name="model">Trained in place; its parameters may be float32 or bfloat16.</param>
/// <param name="options">How.</param>
/// <param name="progress">Gets one unit a step.</param>
/// <param name="ranks">Who trains: each on its own copy of the model, with its share of every batch. Null for this process alone.</param>
public sealed class Trainer(CausalModel model, TrainOptions options, IProgressReporter progress, IProcessGroup? ranks = null)
{
    private readonly IProcessGroup _ranks = ranks ?? SingleProcess.Instance;
    private readonly FusionOptions _fusion = options.Fusion ?? new FusionOptions();
    private LossTargetsBuilder? _targets;

    /// <summary>Learning rates of the steps, in the place of the plan's; null for the plan's.</summary>
    internal Func<int, double>? LearningRates { get; init; }

    /// <summary>How several ranks exchange gradients; null for what suits the device.</summary>
    internal Func<IGradientTransport>? Transport { get; init; }

    /// <summary>Numbers of a bucket that ranks exchange.</summary>
    internal long BucketNumbers { get; init; } = FlatParameters.BucketNumbers;

    /// <summary>Whether buckets leave while the backward pass goes on; the result is the same bits.</summary>
    internal bool SendsEarly { get; init; } = true;

    /// <summary>Told of every step, it ends the training by true; null to take all steps.</summary>
    internal Func<TrainStep, bool>? EndsAfter { get; init; }

    /// <summary>The clock by which checkpoints are written.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Runs all steps, or those that are left where a checkpoint exists.</summary>
    /// <param name="blocks">What to learn from.</param>
    /// <param name="name">What the progress bar is called.</param>
    /// <param name="checkpoint">Where to save the state between steps and to continue from; null for neither.</param>
    /// <param name="log">Gets every step, with the sums over all ranks.</param>
    /// <param name="cancellation">Ends the run after the step it is in, or, alone in a step that goes on for more than seconds, between two micro-batches of it; a checkpoint is written first.</param>
    /// <param name="validate">Bits per byte of the model as it is now, the same on all ranks; null to evaluate never.</param>
    /// <exception cref="ArtifactException">There are no blocks, they do not fit the model, or the checkpoint is of another run.</exception>
    /// <exception cref="DivergedException">The loss became NaN or infinite.</exception>
    /// <exception cref="StoppedException">It was told to end.</exception>
    public TrainResult Train(
        IBlockSource blocks, string name, TrainCheckpoint? checkpoint, Action<TrainStep>? log, CancellationToken cancellation, Func<double>? validate = null)
    {
        Check(blocks, name);
        _targets = new LossTargetsBuilder(_fusion, blocks.Teachers);
        var clock = Stopwatch.StartNew();
        var plan = new TrainPlan(options, blocks.Count);
        int every = validate is null ? 0 : options.Settle(plan.Length, validates: true).EvaluateEvery!.Value;
        using var optimizer = CreateOptimizer(plan, blocks.Read(0).Ids.Length);
        model.train();
        model.UsesGradientCheckpointing = options.GradientCheckpointing;
        var totals = checkpoint?.Load(optimizer) ?? new TrainTotals();
        using var bar = progress.Start(name, plan.Steps, "steps");
        bar.Skip(optimizer.Steps - (totals.Unevaluated is null ? 0 : 1));
        var pace = new CheckpointPace(options, optimizer.Steps, Time);
        StoppedException Stop()
        {
            if (checkpoint is not null && pace.IsWorthSaving(optimizer.Steps))
            {
                checkpoint.Save(optimizer, totals);
            }

            return Stopped(name, optimizer.Steps, plan.Steps, isKept: checkpoint is not null, cancellation);
        }

        if (every > 0 && options.KeepBest && totals.UntouchedBitsPerByte is null)
        {
            totals.UntouchedBitsPerByte = Unless(() => Evaluate(0, totals, optimizer, checkpoint, validate!), Stop);
        }

        bool ends = false;
        while ((totals.Unevaluated is not null || optimizer.Steps < plan.Steps) && !ends && !IsHopeless(totals))
        {
            var step = totals.Unevaluated;
            if (step is null)
            {
                // Where it is left, nothing of it has reached the weights: the state is that after the last one.
                step = Unless(() => TakeStep(blocks, plan, optimizer, checkpoint, pace, cancellation), Stop);
                totals.Add(step);
            }

            if (every > 0 && (step.Step % every == 0 || step.Step == plan.Steps))
            {
                totals.Unevaluated = step; // a state that is written before the evaluation's end owes it
                if (pace.Ends)
                {
                    throw Stop();
                }

                double bits = Unless(() => Evaluate(step.Step, totals, optimizer, checkpoint, validate!), Stop);
                (step, totals.Unevaluated) = (step with { BitsPerByte = bits }, null);
                pace.Ask(_ranks, cancellation);
            }

            log?.Invoke(step);
            ends = EndsAfter?.Invoke(step) == true;
            bar.Advance(1, FormattableString.Invariant($"loss {step.Loss:F3}"));
            if (pace.Ends && step.Step < plan.Steps && !ends)
            {
                throw Stop();
            }

            if (step.Step < plan.Steps && pace.IsDue(step.Step))
            {
                checkpoint?.Save(optimizer, totals);
                pace.Saved(step.Step);
            }
        }

        if (options.KeepBest && totals.BestBitsPerByte is not null && totals.BestStep < optimizer.Steps)
        {
            checkpoint?.LoadBest(optimizer, totals.BestStep);
        }

        bar.Complete();
        return totals.Result(optimizer.Steps, clock.Elapsed.TotalSeconds);
    }

    private FlatAdamW CreateOptimizer(TrainPlan plan, int length)
    {
        int rounds = TrainLength.RoundsOf(plan.Length.BatchSize, options.MicroBatchSize, _ranks.Count);
        bool once = rounds == 1 || (options.ExchangeOnce ?? RankMemory.HoldsWholeGradient(model, options with { BatchSize = plan.Length.BatchSize }, length, _ranks));
        var transport = _ranks.Count == 1 ? null : Transport?.Invoke() ?? GradientTransports.Create(model.OutputWeight.device, _ranks, progress.Say);
        var optimizer = new FlatAdamW(new FlatParameters(model.parameters().Where(p => p.requires_grad), _ranks.Count, BucketNumbers), options, _ranks, transport, once);
        optimizer.Follow(model);
        if (_ranks.Count > 1 && LearningRates is null)
        {
            progress.Say($"{_ranks.Count} ranks exchange gradients {(once ? "once a step" : $"{rounds} times a step, after each micro-batch,")} in {OptionRange.KeyOf(options.Exchange.ToString())} through {optimizer.Transport}.");
        }

        return optimizer;
    }

    // What is told to end in the middle ends the training, which says where. Ranks are not told in the middle: the others would wait.
    private T Unless<T>(Func<T> work, Func<StoppedException> stop)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException) when (_ranks.Count == 1)
        {
            throw stop();
        }
    }

    private static StoppedException Stopped(string name, int step, int of, bool isKept, CancellationToken cancellation)
    {
        string where = step == 0 ? "before the first step" : FormattableString.Invariant($"after step {step:N0} of {of:N0}");
        return new StoppedException($"{name}: stopped {where}; {(isKept ? "the same command goes on there" : "nothing of it is kept")}.", cancellation) { IsOfAllRanks = true };
    }

    private bool IsHopeless(TrainTotals totals) => options.StopAfterWorse > 0 && totals.Worse >= options.StopAfterWorse;

    private void Check(IBlockSource blocks, string name)
    {
        if (blocks.Count == 0)
        {
            throw new ArtifactException($"There is nothing to train {name} on: the texts made no block. Give more text.");
        }

        var first = blocks.Read(0);
        if (first.Ids.Length > model.Config.ContextLength)
        {
            throw new ArtifactException(FormattableString.Invariant($"Blocks of {first.Ids.Length} tokens exceed the context of {model.Config.ContextLength} of {name}. Pack with a smaller length."));
        }

        int batch = TrainLength.Compute(options, blocks.Count).BatchSize;
        int parts = options.MicroBatchSize == 0 ? batch : (batch + options.MicroBatchSize - 1) / options.MicroBatchSize;
        if (parts < _ranks.Count)
        {
            throw new ArtifactException(FormattableString.Invariant($"A batch of {batch} blocks makes {parts} micro-batches, too few for {_ranks.Count} ranks. Start at most {parts}, or choose a smaller micro_batch_size or a larger batch_size."));
        }

        if (first.Rows is [{ Unit: ScoreUnit.Logit }, ..] && options.Fusion is { MissingProbability: not MissingProbability.Renormalize and var missing })
        {
            throw new ArtifactException($"The blocks hold the reference's logits, which missing_probability '{OptionRange.KeyOf(missing.ToString())}' would take for probabilities. Train with missing_probability renormalize, or align with settings default.");
        }
    }

    private double Evaluate(int step, TrainTotals totals, FlatAdamW optimizer, TrainCheckpoint? checkpoint, Func<double> validate)
    {
        model.eval();
        double bits = validate();
        model.train();
        if (totals.IsBest(step, bits) && options.KeepBest)
        {
            checkpoint?.SaveBest(optimizer);
        }

        return bits;
    }

    private TrainStep TakeStep(IBlockSource blocks, TrainPlan plan, FlatAdamW optimizer, TrainCheckpoint? checkpoint, CheckpointPace pace, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        long began = Time.GetTimestamp();
        double exchangedBefore = optimizer.ExchangeSeconds;
        int number = optimizer.Steps;
        double lambda = plan.LanguageModelWeightOf(number);
        var batch = plan.MicroBatchesOf(number, _ranks.Rank, _ranks.Count, out int rounds)
            .Select(m => (m.Number, Blocks: m.Blocks.SelectMany(i => Read(blocks, i, lambda)).ToArray())).ToList();
        var own = batch.SelectMany(m => m.Blocks).ToList();
        var counts = StepCounts.Sum(own, _fusion.FullWeightWithoutTeacher, _ranks);
        var loss = new BlockLoss(model, _fusion, _targets!);
        using var losses = new StepLosses();
        for (int round = 0; round < rounds; round++)
        {
            if (_ranks.Count == 1 && cancellation.IsCancellationRequested && !pace.Finishes(began, round, rounds))
            {
                cancellation.ThrowIfCancellationRequested(); // several end together, after the step
            }

            if (round < batch.Count)
            {
                model.Adapters?.Reseed(unchecked((((options.Seed * 1_000_003) + number) * 1_000_003) + batch[round].Number));
                var groups = batch[round].Blocks.GroupBy(b => model.LengthClass(b.Block.Ids.Length)).SelectMany(b => SequenceGroups.Of(b, blocks.KeepDocumentsApart)).ToList();
                foreach (var (i, alike) in groups.Index())
                {
                    model.GradientsAreThere = SendsEarly && i == groups.Count - 1 ? optimizer.SendsWith(round == rounds - 1) : null;
                    losses.Add(round, loss.Backward(alike, lambda, counts));
                }

                model.GradientsAreThere = null;
            }

            if (!losses.AreFiniteSoFar)
            {
                throw NotFinite("loss", number, batch[round].Blocks.Select(b => b.Block), checkpoint);
            }

            optimizer.CollectGradients(round == rounds - 1);
        }

        // A device is waited for here, once all of the step but the update has been asked of it.
        var (languageModel, fusion, notFinite) = losses.Read();
        if (notFinite is { } of)
        {
            throw NotFinite("loss", number, batch[of].Blocks.Select(b => b.Block), checkpoint);
        }

        double learningRate = LearningRates?.Invoke(number) ?? plan.LearningRateOf(number);
        double norm = optimizer.Step(learningRate);
        if (!double.IsFinite(norm))
        {
            throw NotFinite("gradient", number, own.Select(b => b.Block), checkpoint);
        }

        double[] sums = [languageModel, fusion, own.Sum(b => b.Block.Ids.Length), .. Teachers(own, lambda < 1 ? blocks.Read(0).Rows.Length : 0), .. pace.Votes(_ranks, cancellation)];
        _ranks.Sum(sums);
        pace.Decide(sums[^2], sums[^1]);
        return new TrainStep(number + 1, sums[0] + sums[1], sums[0], sums[1], lambda, learningRate, norm, (long)sums[2], [.. sums.Skip(3).SkipLast(2).Select(t => (long)t)],
            sums[2] / Stopwatch.GetElapsedTime(started).TotalSeconds, Environment.WorkingSet)
        { ExchangeShare = _ranks.Count == 1 ? null : (optimizer.ExchangeSeconds - exchangedBefore) / Stopwatch.GetElapsedTime(started).TotalSeconds };
    }

    // A document that sees no other is a sequence of its own.
    private IEnumerable<(PackedBlock Block, FusedDistributions? Fused)> Read(IBlockSource blocks, int index, double lambda)
    {
        var block = blocks.Read(index);
        return (blocks.KeepDocumentsApart ? block.Documents().Where(d => d.Predicted > 0) : [block]).Select(b => (b, _targets!.Fuse(b, lambda)));
    }

    private DivergedException NotFinite(string what, int step, IEnumerable<PackedBlock> blocks, TrainCheckpoint? checkpoint)
    {
        string documents = string.Join(", ", blocks.SelectMany(b => b.Segments).Select(s => s.Document).Distinct().Take(10));
        string last = checkpoint?.Newest is { } newest ? $"the last good checkpoint is '{newest}'" : "there is no checkpoint yet";
        return new DivergedException(FormattableString.Invariant(
            $"The {what} of step {step + 1} is not a finite number; its blocks begin with the documents {documents}; {last}. Lower the learning rate ({options.LearningRate}) or look at these documents, then run again."));
    }

    private static double[] Teachers(IEnumerable<(PackedBlock Block, FusedDistributions? Fused)> blocks, int models)
    {
        double[] tokens = new double[models];
        foreach (var (block, fused) in blocks)
        {
            for (int s = 0; fused is not null && s < block.Segments.Length; s++)
            {
                if (fused.Teachers[s] >= 0)
                {
                    tokens[fused.Teachers[s]] += block.Segments[s].Length;
                }
            }
        }

        return tokens;
    }
}
