using FuseSharp.Files;
using FuseSharp.Pipeline.Check;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Texts;


namespace FuseSharp.Pipeline.Plan;

/// <summary>What a recipe will take, before any weight is loaded: memory of each rank, disk, operations and time of each stage.</summary>
/// <param name="Stages">In the order of the pipeline.</param>
/// <param name="Memory">Of training, in its parts.</param>
/// <param name="Advice">What would make it fit, best first; empty where it fits.</param>
public sealed record RunPlan(IReadOnlyList<StagePlan> Stages, TrainMemory Memory, IReadOnlyList<string> Advice)
{
    // English text in vocabularies of 32,000 to 50,000; small vocabularies make more tokens.
    private const double BytesPerToken = 4;

    // An area of the SDK's documentation, roughly; recipes limit it.
    private const double SdkAreaBytes = 1e6;

    // Runtime, libtorch and what a process keeps of earlier work: 0.63 to 0.84 GB of a demo's represent were measured where its models have 8 MB.
    private const double Fixed = 600e6;

    // The same of a training by itself, beyond TrainMemory's: 0.34 GB were measured where that says 0.09.
    private const double TrainFixed = 250e6;

    /// <summary>How many steps a training takes; its blocks are an estimate.</summary>
    public required TrainLength Length { get; init; }

    /// <summary>Trainings in all: with each seed the fused one and its baselines.</summary>
    public required int Trainings { get; init; }

    /// <summary>Plans a recipe.</summary>
    /// <param name="recipe">Checked, with a length that <see cref="RecipeDefaults"/> has found.</param>
    /// <param name="bytes">Of a number in the working type.</param>
    /// <param name="memoryLimit">Bytes that there are for each rank.</param>
    /// <param name="operationsPerSecond">That a rank's training reaches.</param>
    public static RunPlan Of(Recipe recipe, int bytes, double memoryLimit, double operationsPerSecond)
    {
        var target = ModelCounts.Of(recipe.Target);
        ModelCounts[] models = [target, .. recipe.Sources.Select(ModelCounts.Of)];
        var surveys = FusionWarnings.SurveysOf(recipe);
        double tokens = surveys.Values.Sum(s => s.TrainBytes / s.BytesPerToken);
        var trainLength = FusionWarnings.LengthOf(recipe, surveys);
        recipe = recipe with { Train = recipe.Train with { BatchSize = trainLength.BatchSize } };
        double testTokens = recipe.Texts.Values.Sum(t => BytesOf(t.Test ?? t.Path, recipe.Split.TestBytesPerDomain)) / BytesPerToken;
        int length = recipe.Split.MaxLength;
        var memory = TrainMemory.Of(target, recipe.Train, length, bytes, recipe.Ranks);
        double rowBytes = recipe.Represent.TopK * 6.0; // a float16 and an id of at most 4 bytes
        double reading = models.Sum(m => tokens * TrainCost.PerReadToken(m, length));
        int trainings = recipe.Seeds * (1 + (recipe.Baselines.Clm ? 1 : 0) + (recipe.Baselines.Distill ? 1 : 0));
        double training = trainings * recipe.Train.Epochs * tokens * TrainCost.PerTrainedToken(target, recipe.Train, length);
        double checkpoint = (recipe.Train.CheckpointLimit + 1) * 12.0 * TrainMemory.Learns(target, recipe.Train);
        double speed = operationsPerSecond * recipe.Ranks;

        // Every model is measured alone, merges and trainings like the target; the ensemble reads with all of them once more, all in memory together.
        int merges = new Contenders(recipe, new RunFolder(recipe.Output)).All.Count(c => c.Kind == ContenderKind.Merge);
        double alone = testTokens * models.Sum(m => TrainCost.PerReadToken(m, length));
        double measuring = alone + (testTokens * (merges + trainings) * TrainCost.PerReadToken(target, length));
        double single = (models.Max(m => m.Weights) * (double)bytes) + Fixed;
        double together = (models.Sum(m => m.Weights) * (double)bytes) + Fixed;
        StagePlan[] stages =
        [
            new("represent", single, models.Length * tokens * (rowBytes + 12), reading, reading / speed),
            new("align, pack", Fixed, 2 * models.Length * tokens * rowBytes, 0, 0),
            new("train", memory.Total + TrainFixed, (trainings * target.Weights * (double)bytes) + checkpoint, training, training / speed),
            .. merges == 0 ? Array.Empty<StagePlan>() : [new("merge", Fixed, merges * target.Weights * (double)bytes, 0, 0)],
            new("evaluate", single, 0, measuring, measuring / speed),
            .. recipe.Baselines.Ensemble ? [new("ensemble", together, 0, alone, alone / speed)] : Array.Empty<StagePlan>(),
            .. recipe.Evaluate.Tasks.Count == 0 ? Array.Empty<StagePlan>() : [new("benchmarks", recipe.Baselines.Ensemble ? together : single, 0, double.NaN, double.NaN)],
        ];
        string[] ensemble = recipe.Baselines.Ensemble && together > memoryLimit
            ? [FormattableString.Invariant($"baselines.ensemble: false: {single / 1e9:F1} GB to evaluate, a model at a time")] : [];
        return new RunPlan(stages, memory, [.. memory.Total + TrainFixed <= memoryLimit ? [] : Remedies(recipe, target, bytes, memoryLimit), .. ensemble]) { Length = trainLength, Trainings = trainings };
    }

    // Cheapest in time first; each with what it leads to.
    private static IEnumerable<string> Remedies(Recipe recipe, ModelCounts model, int bytes, double limit)
    {
        var options = recipe.Train;
        double TotalOf(TrainOptions changed, int ranks) => TrainMemory.Of(model, changed, recipe.Split.MaxLength, bytes, ranks).Total + TrainFixed;
        (string Change, TrainOptions Options)[] changes =
        [
            ("train.micro_batch_size: 1", options with { MicroBatchSize = 1 }),
            ("train.micro_batch_size: 1 and train.gradient_checkpointing: true", options with { MicroBatchSize = 1, GradientCheckpointing = true }),
            ("train.mode: lora, micro_batch_size: 1, gradient_checkpointing: true", options with { Mode = TrainMode.Lora, MicroBatchSize = 1, GradientCheckpointing = true }),
            ("train.mode: qlora, micro_batch_size: 1, gradient_checkpointing: true", options with { Mode = TrainMode.Qlora, MicroBatchSize = 1, GradientCheckpointing = true }),
        ];
        var results = changes.Select(c => (c.Change, Bytes: TotalOf(c.Options, recipe.Ranks))).ToList();
        int more = Enumerable.Range(1, 10).Select(i => recipe.Ranks << i).FirstOrDefault(n => n > 0 && n <= options.BatchSize && TotalOf(options with { MicroBatchSize = 1 }, n) <= limit);
        if (more > 0)
        {
            results.Insert(0, (FormattableString.Invariant($"{more} ranks (mpirun -n {more}) and train.micro_batch_size: 1"), TotalOf(options with { MicroBatchSize = 1 }, more)));
        }

        foreach (var (change, total) in results.Where(r => r.Bytes <= limit))
        {
            yield return FormattableString.Invariant($"{change}: {total / 1e9:F1} GB");
        }

        if (results.TrueForAll(r => r.Bytes > limit))
        {
            yield return FormattableString.Invariant($"nothing here makes it fit (least: {results.Min(r => r.Bytes) / 1e9:F1} GB): a smaller target, shorter blocks (split.max_length), or a machine with more memory");
        }
    }

    // Of files without splits in their names more than is read of each: an upper bound.
    private static double BytesOf(string? path, long limit)
        => limit > 0 ? limit
            : path is null ? 0
            : path.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal) ? SdkAreaBytes : TextPaths.Files(path).Sum(f => (double)BoundedFile.LengthOf(f));
}
