using FuseSharp.Files;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Recipes;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Plan;

/// <summary>The work of a run as a list, in its order: what <c>run</c> does, a dry run prints, <c>plan</c> prices and the report shows.</summary>
public sealed class FusionPlan
{
    private FusionPlan(Recipe recipe, RunFolder folder, ComparedModels compared, IReadOnlyList<FusionStep> steps)
        => (Recipe, Folder, Compared, Steps) = (recipe, folder, compared, steps);

    /// <summary>What is run.</summary>
    public Recipe Recipe { get; }

    /// <summary>Where everything is.</summary>
    public RunFolder Folder { get; }

    /// <summary>Rows of the run's comparison.</summary>
    public ComparedModels Compared { get; }

    /// <summary>Each after those whose output it reads.</summary>
    public IReadOnlyList<FusionStep> Steps { get; }

    /// <summary>What the recipe asks for and its models do not allow.</summary>
    public IReadOnlyList<SkippedModel> Skipped => Compared.Skipped;

    /// <summary>Plans a recipe; reads tokenizers and tensor shapes where a baseline depends on them, no weights and no texts.</summary>
    /// <param name="recipe">Checked, with a length that <see cref="RecipeDefaults"/> has found.</param>
    public static FusionPlan Create(Recipe recipe)
    {
        var folder = new RunFolder(recipe.Output);
        var compared = new ComparedModels(recipe, folder);
        var make = new FusionSteps(recipe, folder);
        ModelRun[] all = [.. compared.All.SelectMany(c => c.Runs)];
        ModelRun[] trainings = [.. all.SelectMany(r => r.Trainings)];
        ModelRun[] first = [.. compared.All.Select(c => c.Runs[0]).Where(r => r.Served is null)]; // of trainings the first seed: what questions leave uncertain is far more than what seeds do
        return new FusionPlan(recipe, folder, compared,
        [
            .. make.Written(),
            .. make.Texts(),
            .. make.Method(),
            .. all.Where(r => r.Served is not null).Select(make.Evaluate), // while the server is there: its processors may train afterwards
            .. trainings.Where(r => r.Training!.LearningRate is null).DistinctBy(r => r.Method).Select(r => make.Rate(r.Method!, r.Training!)),
            .. trainings.Select(r => make.Train(ModelName.FromPath(r.Model!), r.Method!, r.Training!)),
            .. all.Where(r => r.Merge is not null).Select(make.Merge),
            .. all.Where(r => r.Served is null).Select(make.Evaluate),
            .. recipe.Evaluate.Tasks.Count == 0 ? [] : first.Select(make.Benchmarks),
            .. make.IsJudged ? first.Select(r => make.Judge(r, compared.Baseline.Runs[0])) : [],
            .. compared.Sampled.Select(make.Samples),
            .. recipe.Train.Fusion is { } fusion ? [make.Teachers(fusion)] : Array.Empty<FusionStep>(),
        ]);
    }

    /// <summary>What a run would do about each step, by the keys that it would compare; nothing is made and nothing written.</summary>
    /// <param name="device">Where models would run.</param>
    public IReadOnlyList<StepState> States(Device device)
    {
        var states = new StepStates(device);
        foreach (var step in Steps)
        {
            states.Add(step);
        }

        return states.All;
    }
}
