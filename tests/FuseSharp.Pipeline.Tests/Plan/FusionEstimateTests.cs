using FuseSharp.Fusion.Split;
using FuseSharp.Models.Architectures;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Plan;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Pipeline.Tests.Plan;

public sealed class FusionEstimateTests
{
    private static readonly Recipe _recipe = new()
    {
        Target = DemoModels.Path("security"),
        Sources = [DemoModels.Path("data"), DemoModels.Path("web")],
        Texts = new Dictionary<string, TextEntry> { ["one"] = new() { Path = "sdk:security" }, ["two"] = new() { Path = "sdk:web" } },
        Split = new SplitOptions { MaxLength = 256, TrainBytesPerDomain = 100_000, TestBytesPerDomain = 40_000 },
    };

    [Fact]
    public void Of_Ensemble_HoldsAllModelsAtOnceAndReadsWithThemOnceMore()
    {
        double[] weights = [.. _recipe.LocalModels.Select(m => ModelCounts.Count(m).Weights)];
        double tokens = TestTokens;
        double reading = tokens * _recipe.LocalModels.Sum(m => TrainCost.PerReadToken(ModelCounts.Count(m), 256));

        var without = Plan(new BaselineOptions());
        var with = Plan(new BaselineOptions { Ensemble = true });

        Assert.Equal(2 * (weights.Sum() - weights.Max()), Stage(with, "ensemble").MemoryBytes - Stage(without, "evaluate").MemoryBytes, 1);
        Assert.Equal(reading, Stage(with, "ensemble").Operations, 1e-6 * reading);
        Assert.DoesNotContain(without.Stages, s => s.Name == "ensemble");
    }

    [Fact]
    public void Of_Merges_WritesAModelForEachAndMeasuresIt()
    {
        var target = ModelCounts.Count(_recipe.Target);
        using var folder = new ScratchFolder();
        string twin = ModelCopy.Make(_recipe.Target, folder.At("twin"));
        FusionEstimate Plan(BaselineOptions baselines) => FusionEstimate.Compute(FusionPlan.Create(_recipe with { Sources = [twin], Baselines = baselines }), bytes: 2, memoryLimit: 1e12, operationsPerSecond: 1e9);
        var merges = Plan(new BaselineOptions { Merges = [MergeMethod.Linear, MergeMethod.Slerp, MergeMethod.Linear] });
        Assert.DoesNotContain(FusionEstimateTests.Plan(new BaselineOptions { Merges = [MergeMethod.Linear] }).Stages, s => s.Name == "merge"); // of other tokenizers none is made

        Assert.Equal(2 * 2.0 * target.Weights, Stage(merges, "merge").DiskBytes);
        Assert.DoesNotContain(Plan(new BaselineOptions()).Stages, s => s.Name == "merge");
        double tokens = TestTokens;
        double added = Stage(merges, "evaluate").Operations - Stage(Plan(new BaselineOptions()), "evaluate").Operations;
        Assert.Equal(2 * tokens * TrainCost.PerReadToken(target, 256), added, 1e-6 * added);
    }

    [Fact]
    public void Of_EnsembleThatDoesNotFit_SaysSo()
    {
        var ensemble = new BaselineOptions { Ensemble = true };
        double needed = Stage(Plan(ensemble), "ensemble").MemoryBytes;

        Assert.Empty(Plan(ensemble).Advice);
        Assert.Contains(FusionEstimate.Compute(FusionPlan.Create(_recipe with { Baselines = ensemble }), bytes: 2, needed - 1, operationsPerSecond: 1e9).Advice, a => a.StartsWith("baselines.ensemble: false:", StringComparison.Ordinal));
    }

    // As many bytes of each domain as the recipe allows, in the target's tokens.
    private static double TestTokens => _recipe.Texts.Values.Sum(t => 40_000 / TextSurvey.Take(t, _recipe.Split, TokenizerFolder.Load(_recipe.Target)).BytesPerToken);

    private static FusionEstimate Plan(BaselineOptions baselines) => FusionEstimate.Compute(FusionPlan.Create(_recipe with { Baselines = baselines }), bytes: 2, memoryLimit: 1e12, operationsPerSecond: 1e9);

    private static StageEstimate Stage(FusionEstimate plan, string name) => plan.Stages.Single(s => s.Name == name);
}
