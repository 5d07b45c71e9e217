using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Progress;
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
    /// <param name="seedFinished">Gets the comparison as far as it goes, after each seed.</param>
    public ExperimentReport Run(Action<ExperimentReport> seedFinished)
    {
        var any = Pipeline(variants[0]);
        any.Represent();
        foreach (var variant in variants.DistinctBy(v => v.Method))
        {
            Pipeline(variant).Blend();
        }

        var models = recipe.Sources.Prepend(recipe.Target).Select(m => new ComparisonRow(Recipe.NameOf(m), [any.Evaluate(m)])).ToList();
        var results = variants.Select(_ => new List<IReadOnlyDictionary<string, BitsPerByteResult>>()).ToList();
        ExperimentReport? report = null;
        for (int s = 0; s < seeds; s++)
        {
            for (int v = 0; v < variants.Count; v++)
            {
                var options = variants[v].Train with { Seed = variants[v].Train.Seed + s };
                results[v].Add(Pipeline(variants[v]).TrainAndEvaluate(FormattableString.Invariant($"{variants[v].Name}-seed{options.Seed}"), options));
            }

            report = Report(models, results);
            seedFinished(report);
        }

        return report!;
    }

    private FusionPipeline Pipeline(ExperimentVariant variant) => new(recipe with { Align = variant.Align }, device, progress, cancellation, variant.Method);

    private ExperimentReport Report(List<ComparisonRow> models, List<List<IReadOnlyDictionary<string, BitsPerByteResult>>> results)
        => new(
            [.. recipe.Texts.Keys.Where(models[0].Seeds[0].ContainsKey)], models,
            new ComparisonRow(AlignmentVariants.Clm, [.. results[0]]),
            [.. variants.Zip(results).Skip(1).Select(r => new ComparisonRow(r.First.Name, [.. r.Second]))]);
}
