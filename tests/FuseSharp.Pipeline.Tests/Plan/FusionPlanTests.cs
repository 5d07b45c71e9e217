using FuseSharp.Evaluation;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Plan;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Pipeline.Tests.Plan;

public sealed class FusionPlanTests
{
    private static readonly Recipe _recipe = new()
    {
        Target = DemoModels.Path("security"),
        Sources = [DemoModels.Path("data"), DemoModels.Path("web")],
        Texts = new Dictionary<string, TextEntry> { ["one"] = new() { Path = "sdk:security" } },
        Output = "nowhere",
    };

    [Fact]
    public void Of_EachStep_FollowsThoseItReads()
    {
        var plan = FusionPlan.Create(_recipe with { Seeds = 2, Baselines = new BaselineOptions { Ensemble = true }, Evaluate = new EvaluateOptions { Tasks = ["boolq"], Samples = 2 } });

        string[] folders = [.. plan.Steps.Select(s => s.Folder)];
        Assert.Equal(folders.Distinct(), folders);
        Assert.All(plan.Steps, step => Assert.All(step.Inputs.Values.Where(folders.Contains), input => Assert.True(Array.IndexOf(folders, input) < Array.IndexOf(folders, step.Folder), step.Name)));
        Assert.Equal(["train clm-seed42", "train clm-seed43", "train fused-seed42", "train fused-seed43"], plan.Steps.Where(s => s.Stage == "train").Select(s => s.Name));
        Assert.Equal(["security", "data", "web", "ensemble", "clm-seed42", "fused-seed42"], plan.Steps.Where(s => s.Stage == "benchmarks").Select(s => s.Subject));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_RecipeThatFusesNothing_TrainsOnceAndCallsItClm(bool clm)
    {
        var plan = FusionPlan.Create(_recipe with { Train = new TrainOptions { Fusion = null }, Baselines = new BaselineOptions { Clm = clm } });

        Assert.Equal(["train clm-seed42"], plan.Steps.Where(s => s.Stage == "train").Select(s => s.Name));
        Assert.Equal((ModelRole.Clm, "CLM"), (plan.Compared.Result.Role, plan.Compared.Result.Name));
    }

    [Fact]
    public void Of_BaselineThatNoModelAllows_IsSkippedAndCostsNothing()
    {
        var plan = FusionPlan.Create(_recipe with { Baselines = new BaselineOptions { Distill = true } });

        Assert.Equal([new SkippedModel("distilled", "no source has the tokenizer of security")], plan.Skipped);
        Assert.Equal(FusionPlan.Create(_recipe).Steps.Select(s => s.Name), plan.Steps.Select(s => s.Name));
    }
}
