using System.Text.Json;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Files;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Stages;
using FuseSharp.Storage.Artifacts;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>Before stage 6: a method's learning rate, where it is <c>auto</c>. Once for all seeds.</summary>
public static class RateStage
{
    private const string FileName = "rate.json";
    private const string TrialPrefix = "trial-";

    // Adam's first steps are as large as any. In a short trial without a warm-up the damage of them is most of what is measured: 0.016 bits per byte of the demo's first 15 steps.
    private const double LeastWarmup = 0.3;

    /// <summary>Runs the stage, going on behind the last finished trial.</summary>
    /// <param name="method">What is trained so: <c>fused</c>, <c>clm</c>.</param>
    /// <param name="target">Folder of the model to start from.</param>
    /// <param name="packed">Output of the pack stage.</param>
    /// <param name="options">Of the training; its learning rate is not read.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets steps; its cancellation ends the stage between two micro-batches.</param>
    /// <param name="validation">What the choice is made by; null where there are no validation texts.</param>
    /// <param name="candidates">Rates to choose from, as an experiment gives them; none for a range test.</param>
    public static RateChoice Run(
        string method, string target, string packed, TrainOptions options, Device device, string folder, StageContext context, TrainValidation? validation, params IReadOnlyList<double> candidates)
    {
        int count = Manifest.Read(packed).Count("blocks");
        StageKey Key(Precision type) => KeyOf(target, Manifest.Read(packed).Key, options with { Precision = type }, count, validation?.Key, candidates);
        options = options with { Precision = BegunPrecision.Choose(options.Precision, device, folder, type => Key(type).Hash) };
        var key = Key(options.Precision) with { Paths = TrainStage.PathsOf(target, packed) };
        StageDirectory.Make(folder, key, context.Progress, partial =>
        {
            var choice = validation is null ? RateChoice.Published : Choose(method, target, packed, options, device, partial, context, validation, candidates);
            if (context.Ranks.Rank == 0)
            {
                Durable.WriteText(Path.Combine(partial, FileName), Json(choice));
                context.Progress.Say(choice.Describe(method));
            }

            return Figures(choice);
        }, context.Ranks);
        return Read(folder);
    }

    /// <summary>What decides the choice; reads the target's files.</summary>
    /// <param name="target">Folder of the model to start from.</param>
    /// <param name="packed">Key of the pack stage's output.</param>
    /// <param name="options">Of the training.</param>
    /// <param name="blocks">Blocks of an epoch.</param>
    /// <param name="texts">Key of the validation texts; null where there are none.</param>
    /// <param name="candidates">Rates to choose from; none for a range test.</param>
    public static StageKey KeyOf(string target, string packed, TrainOptions options, int blocks, string? texts, params IReadOnlyList<double> candidates)
    {
        (string, string)[] inputs = [("target", LanguageModel.Fingerprint(target)), ("packed", packed)];
        var settled = options.Settle(TrainLength.Compute(options, blocks), validates: false);
        return StageKey.Create("rate", 1, new { options = settled.ForKey() with { LearningRate = null, EvaluateEvery = 0 }, candidates, bytes_per_domain = ValidationTexts.ShortBytesPerDomain }, texts is null ? inputs : [.. inputs, ("texts", texts)]);
    }

    /// <summary>Reads a finished output.</summary>
    /// <param name="folder">The stage's folder.</param>
    public static RateChoice Read(string folder) => ArtifactJson.Read<RateChoice>(Path.Combine(folder, FileName));

    private static RateChoice Choose(
        string method, string target, string packed, TrainOptions options, Device device, string partial, StageContext context, TrainValidation validation, IReadOnlyList<double> candidates)
    {
        using var blocks = new PackedBlocks(packed);
        var length = TrainLength.Compute(options, blocks.Count);
        var budget = candidates.Count == 0 ? RateBudget.OfRun(length.Steps) : RateBudget.OfExperiment(length.Steps);
        options = options.Settle(length, validates: false) with
        {
            Epochs = 1,
            WarmupRatio = Math.Max(LeastWarmup, options.WarmupSteps > 0 ? Math.Min(1, (double)options.WarmupSteps / length.Steps) : options.WarmupRatio),
            WarmupSteps = 0,
        };
        string place = Path.Combine(partial, FileName);
        var done = File.Exists(place) ? ArtifactJson.Read<RateChoice>(place) : new RateChoice(TrainOptions.PublishedLearningRate, null, [], []);
        context.Ranks.Barrier(); // all have read what rank 0 writes next
        var trainer = new RateTrainer(method, target, packed, options, device, context, validation);
        void Keep(RateChoice sofar)
        {
            done = sofar;
            if (context.Ranks.Rank == 0)
            {
                Durable.WriteText(place, Json(sofar));
                foreach (string states in Directory.EnumerateDirectories(partial, TrialPrefix + "*"))
                {
                    Directory.Delete(states, recursive: true);
                }
            }

            context.Ranks.Barrier(); // the next trial's first state must not be among them
        }

        if (done.Untouched is null)
        {
            var (untouched, range) = trainer.Begin(BlockSample.First(blocks, options, steps: 1), budget.Range);
            Keep(done with { Untouched = untouched, Range = range });
        }

        var finished = new Queue<RateTrial>(done.Trials);
        var trials = RateSearch.Run(candidates.Count == 0 ? new RateRange(done.Range).Candidates : candidates, budget.Rounds, done.Untouched!.Value, (rate, steps) =>
        {
            if (finished.TryDequeue(out var before))
            {
                return before;
            }

            var checkpoint = new TrainCheckpoint(Path.Combine(partial, FormattableString.Invariant($"{TrialPrefix}{done.Trials.Count}")), options.CheckpointLimit, context.Ranks);
            var trial = trainer.Try(BlockSample.First(blocks, options, steps), rate, steps, checkpoint);
            Keep(done with { Trials = [.. done.Trials, trial] });
            return trial;
        });
        return done with { LearningRate = trials[^1].LearningRate, Trials = trials };
    }

    private static Dictionary<string, double> Figures(RateChoice choice)
    {
        var figures = new Dictionary<string, double> { ["learning_rate"] = choice.LearningRate };
        if (choice.Untouched is { } untouched)
        {
            figures["validation.untouched"] = untouched;
            figures["steps"] = choice.Range.Count + choice.Trials.Sum(t => t.Steps);
        }

        foreach (var trial in choice.Trials.Where(t => t.BitsPerByte is not null))
        {
            figures[$"validation.{RateChoice.Show(trial.LearningRate)}.{trial.Steps.ToString(System.Globalization.CultureInfo.InvariantCulture)}"] = trial.BitsPerByte!.Value;
        }

        return figures;
    }

    private static string Json(RateChoice choice) => JsonSerializer.Serialize(choice, ArtifactJson.Options) + "\n";
}
