using FuseSharp.Pipeline.Train;

namespace FuseSharp.Pipeline.Plan;

/// <summary>What a run will take, before any weight is loaded: memory of each rank, disk, operations and time of each stage.</summary>
/// <param name="Stages">In the order of the plan.</param>
/// <param name="Memory">Of training, in its parts.</param>
/// <param name="Advice">What would make it fit, best first; empty where it fits.</param>
public sealed record FusionEstimate(IReadOnlyList<StageEstimate> Stages, TrainMemory Memory, IReadOnlyList<string> Advice)
{
    /// <summary>How many steps a training takes; its blocks are an estimate.</summary>
    public required TrainLength Length { get; init; }

    /// <summary>Trainings in all.</summary>
    public required int Trainings { get; init; }

    /// <summary>Prices a plan.</summary>
    /// <param name="plan">Of the run.</param>
    /// <param name="bytes">Of a number in the working type.</param>
    /// <param name="memoryLimit">Bytes that there are for each rank.</param>
    /// <param name="operationsPerSecond">That a rank's training reaches.</param>
    public static FusionEstimate Compute(FusionPlan plan, int bytes, double memoryLimit, double operationsPerSecond)
    {
        var recipe = plan.Recipe;
        var sizes = new RunSizes(recipe, bytes) { MemoryLimit = memoryLimit };
        var stages = plan.Steps.GroupBy(s => s.Stage).Select(s => Sum(s.Key, [.. s.Select(step => step.Cost(sizes))], operationsPerSecond * recipe.Ranks)).ToList();
        double alone = recipe.LocalModels.Max(m => sizes.Reading(m, 0).MemoryBytes);
        string[] ensemble = recipe.Baselines.Ensemble && sizes.ReadingTogether(0).MemoryBytes > memoryLimit
            ? [FormattableString.Invariant($"baselines.ensemble: false: {alone / 1e9:F1} GB to evaluate, a model at a time")] : [];
        return new FusionEstimate(stages, sizes.MemoryOf(recipe.Train, recipe.Ranks),
            [.. sizes.Training(recipe.Train).MemoryBytes <= memoryLimit ? [] : Remedies(sizes, recipe.Train, recipe.Ranks, memoryLimit), .. ensemble])
        {
            Length = sizes.Length,
            Trainings = plan.Steps.Count(s => s.Stage == "train"),
        };
    }

    // Steps of a stage come one after another: what one needs for a while the next one can have.
    private static StageEstimate Sum(string name, StepCost[] steps, double speed)
    {
        double operations = steps.Sum(s => s.Operations);
        return new(name, steps.Max(s => s.MemoryBytes), steps.Sum(s => s.DiskBytes) + steps.Max(s => s.TemporaryBytes), operations, operations / speed);
    }

    // Cheapest in time first; each with what it leads to.
    private static IEnumerable<string> Remedies(RunSizes sizes, TrainOptions options, int ranks, double limit)
    {
        double TotalOf(TrainOptions changed, int ranks) => sizes.MemoryOf(changed, ranks).Total + RunSizes.TrainProcess;
        (string Change, TrainOptions Options)[] changes =
        [
            ("train.micro_batch_size: 1", options with { MicroBatchSize = 1 }),
            ("train.micro_batch_size: 1 and train.gradient_checkpointing: true", options with { MicroBatchSize = 1, GradientCheckpointing = true }),
            ("train.mode: lora, micro_batch_size: 1, gradient_checkpointing: true", options with { Mode = TrainMode.Lora, MicroBatchSize = 1, GradientCheckpointing = true }),
            ("train.mode: qlora, micro_batch_size: 1, gradient_checkpointing: true", options with { Mode = TrainMode.Qlora, MicroBatchSize = 1, GradientCheckpointing = true }),
        ];
        var results = changes.Select(c => (c.Change, Bytes: TotalOf(c.Options, ranks))).ToList();
        int more = Enumerable.Range(1, 10).Select(i => ranks << i).FirstOrDefault(n => n > 0 && n <= sizes.Length.BatchSize && TotalOf(options with { MicroBatchSize = 1 }, n) <= limit);
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
}
