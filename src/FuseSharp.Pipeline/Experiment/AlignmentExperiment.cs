using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Files;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Plan;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Rates;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Experiment;

/// <summary>Trains a recipe's target in many variants on the same data and steps, each at the learning rate that suits it best, and compares them with training without fusion.</summary>
/// <remarks>
/// Rates are chosen on the validation texts, figures are of the test texts. All variants see the same blocks in the same order, seed by seed, so that differences are taken pair by pair.
/// Every stage keeps what is finished: represented once for each kind of rows, aligned and packed once for each alignment, a rate chosen once for each variant, trained once for each variant and seed.
/// </remarks>
/// <param name="recipe">Checked; its own alignment, tail and λ are replaced by the variants', its learning rate by one around it.</param>
/// <param name="variants">CLM among them.</param>
/// <param name="seeds">Trainings of each variant, counted up from the recipe's seed.</param>
/// <param name="device">Where the models run.</param>
/// <param name="progress">Gets every stage's progress.</param>
/// <param name="cancellation">Ends the work within a batch; running again goes on.</param>
public sealed class AlignmentExperiment(
    Recipe recipe, IReadOnlyList<ExperimentVariant> variants, int seeds, Device device, IProgressReporter progress, CancellationToken cancellation)
{
    private const double Apart = 4;

    /// <summary>Runs what is missing.</summary>
    /// <param name="seedFinished">Gets the table after each seed.</param>
    public ExperimentReport Run(Action<ExperimentReport> seedFinished)
    {
        var context = new StepContext(recipe, device, new StageContext(progress, cancellation));
        RunFolder folder = new(recipe.Output);
        var steps = variants.Select(v => new FusionSteps(recipe with { Align = v.Align }, new RunFolder(recipe.Output, v.Method))).ToList();
        ModelRun[] untrained = [.. recipe.LocalModels.Select(m => new ModelRun(m)), .. recipe.Baselines.Ensemble && recipe.Sources.All(s => s.HasWeights) ? [new ModelRun(null)] : Array.Empty<ModelRun>()];
        foreach (var step in steps.SelectMany(s => s.Texts()).Concat(steps.SelectMany(s => s.Method())).Concat(untrained.Select(steps[0].Evaluate)).DistinctBy(s => s.Folder))
        {
            context.Do(step);
        }

        double[] rates = [.. variants.Zip(steps, (variant, its) => RateOf(variant, its, folder, context))];
        ModelRole RoleOf(ModelRun measured) => measured.Model is null ? ModelRole.Ensemble : measured.Model == recipe.Target ? ModelRole.Target : ModelRole.Source;
        var models = untrained.Select(m => new ComparisonRow(ModelName.FromPath(m.Name), [EvaluateStage.Read(folder.Evaluate(m.Name))]) { Role = RoleOf(m) }).ToList();
        var results = variants.Select(_ => new List<IReadOnlyDictionary<string, BitsPerByteResult>>()).ToList();
        ExperimentReport? report = null;
        for (int s = 0; s < seeds; s++)
        {
            for (int v = 0; v < variants.Count; v++)
            {
                var options = variants[v].Train with { Seed = variants[v].Train.Seed + s, LearningRate = rates[v] };
                string name = FormattableString.Invariant($"{variants[v].Name}-seed{options.Seed}");
                context.Do(steps[v].Train(name, variants[v].Name, options));
                context.Do(steps[v].Evaluate(folder.Train(name)));
                results[v].Add(EvaluateStage.Read(folder.Evaluate(name)));
            }

            report = Report(models, results, rates);
            seedFinished(report);
        }

        return report!;
    }

    /// <summary>The rates that are tried around a recipe's: none where the recipe leaves it to a range test.</summary>
    /// <param name="recipe">The recipe's training.</param>
    public static IReadOnlyList<double> RatesAround(TrainOptions recipe)
        => recipe.LearningRate is { } rate ? [RateRange.Rounded(rate / Apart), rate, RateRange.Rounded(Math.Min(1, rate * Apart))] : [];

    /// <summary>The recipe of the best variant, or of training without fusion where that is best.</summary>
    /// <param name="report">What was found.</param>
    /// <returns>Complete, to be run into a folder of its own.</returns>
    public Recipe Winner(ExperimentReport report)
    {
        var row = report.Variants.Prepend(report.Clm).MinBy(r => r.Mean(report.Domains).Mean)!;
        var variant = variants.Single(v => v.Name == row.Model);
        return recipe with { Output = Path.TrimEndingDirectorySeparator(recipe.Output) + "-best", Align = variant.Align, Train = variant.Train with { LearningRate = report.LearningRates[row.Model] } };
    }

    // Without validation texts there is nothing to choose by but the recipe's word.
    private static double RateOf(ExperimentVariant variant, FusionSteps steps, RunFolder folder, StepContext context)
    {
        if (variant.Train.LearningRate is { } given && !ValidationTexts.Exist(folder.Split))
        {
            context.Stage.Progress.Say($"rate {variant.Name}: {RateChoice.Show(given)}, the recipe's: there are no validation texts to choose another one by.");
            return given;
        }

        context.Do(steps.Rate(variant.Name, variant.Train, RatesAround(variant.Train)));
        return RateStage.Read(folder.Rate(variant.Name)).LearningRate;
    }

    private ExperimentReport Report(List<ComparisonRow> models, List<List<IReadOnlyDictionary<string, BitsPerByteResult>>> results, double[] rates)
        => new(
            [.. recipe.Texts.Keys.Where(models[0].Seeds[0].ContainsKey)], models,
            new ComparisonRow(AlignmentVariants.Clm, [.. results[0]]) { Role = ModelRole.Clm },
            [.. variants.Zip(results).Skip(1).Select(r => new ComparisonRow(r.First.Name, [.. r.Second]) { Role = ModelRole.Fused })])
        {
            LearningRates = variants.Zip(rates).ToDictionary(r => r.First.Name, r => r.Second),
        };
}
