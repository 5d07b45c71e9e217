using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Files;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Plan;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Experiment;

/// <summary>Trains a recipe's target in many variants on the same data and steps, and compares them with training without fusion.</summary>
/// <remarks>Every stage keeps what is finished: represented once, aligned and packed once for each alignment, trained once for each variant and seed.</remarks>
/// <param name="recipe">Checked; its own alignment, tail and λ are replaced by the variants'.</param>
/// <param name="variants">CLM among them.</param>
/// <param name="seeds">Trainings of each variant, counted up from the recipe's seed.</param>
/// <param name="device">Where the models run.</param>
/// <param name="progress">Gets every stage's progress.</param>
/// <param name="cancellation">Ends the work within a batch; running again goes on.</param>
public sealed class AlignmentExperiment(
    Recipe recipe, IReadOnlyList<ExperimentVariant> variants, int seeds, Device device, IProgressReporter progress, CancellationToken cancellation)
{
    /// <summary>Runs what is missing.</summary>
    public ExperimentReport Run(Action<ExperimentReport> seedFinished)
    {
        var context = new StepContext(recipe, device, new StageContext(progress, cancellation));
        var steps = variants.Select(v => new FusionSteps(recipe with { Align = v.Align }, new RunFolder(recipe.Output, v.Method))).ToList();
        foreach (var step in steps[0].Texts().Concat(steps.SelectMany(s => s.Method())).Concat(recipe.Models.Select(steps[0].Evaluate)).DistinctBy(s => s.Folder))
        {
            context.Do(step);
        }

        var folder = new RunFolder(recipe.Output);
        var models = recipe.Models.Select(m => new ComparisonRow(ModelName.FromPath(m), [EvaluateStage.Read(folder.Evaluate(m))])).ToList();
        var results = variants.Select(_ => new List<IReadOnlyDictionary<string, BitsPerByteResult>>()).ToList();
        ExperimentReport? report = null;
        for (int s = 0; s < seeds; s++)
        {
            for (int v = 0; v < variants.Count; v++)
            {
                var options = variants[v].Train with { Seed = variants[v].Train.Seed + s };
                string name = FormattableString.Invariant($"{variants[v].Name}-seed{options.Seed}");
                if (s == 0 && options.LearningRate is null)
                {
                    context.Do(steps[v].Rate(variants[v].Name, options));
                }

                context.Do(steps[v].Train(name, variants[v].Name, options));
                context.Do(steps[v].Evaluate(folder.Train(name)));
                results[v].Add(EvaluateStage.Read(folder.Evaluate(name)));
            }

            report = Report(models, results);
            seedFinished(report);
        }

        return report!;
    }

    private ExperimentReport Report(List<ComparisonRow> models, List<List<IReadOnlyDictionary<string, BitsPerByteResult>>> results)
        => new(
            [.. recipe.Texts.Keys.Where(models[0].Seeds[0].ContainsKey)], models,
            new ComparisonRow(AlignmentVariants.Clm, [.. results[0]]),
            [.. variants.Zip(results).Skip(1).Select(r => new ComparisonRow(r.First.Name, [.. r.Second]))]);
}
