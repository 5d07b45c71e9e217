using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train.Rates;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The experiment, with one variant beside training without fusion.</summary>
public sealed class ExperimentTests : IDisposable
{
    private const string Variant = "boundary-first-token-bucket-0.5";

    private readonly ScratchFolder _folder = new();

    [Fact]
    public async Task Experiment_ChoosesRatesTrainsSeedsAndWritesTheBest()
    {
        string[] arguments = ["experiment", TinyFusion.Write(_folder), .. TinyFusion.Settings, "--variants", Variant, "--seeds", "2"];

        string names = await CommandRun.SucceedAsync([.. arguments, "--dry-run"]);
        string first = await CommandRun.SucceedAsync(arguments);
        string again = await CommandRun.SucceedAsync(arguments);

        Assert.Equal(["clm  rates: 0.00025, 0.001, 0.004", $"{Variant}  rates: 0.00025, 0.001, 0.004"], names.TrimEnd().Split('\n'));
        Assert.Equal(first, again); // nothing was left to do
        var rate = RateStage.Read(_folder.At($"run/06-rate/{Variant}"));
        Assert.Equal(5, rate.Trials.Count); // three, then the better two
        Assert.Matches($@"\| {Variant} \| {RateChoice.Show(rate.LearningRate).Replace(".", @"\.", StringComparison.Ordinal)} \| .* \| [+-]\d\.\d{{4}} ± \d\.\d{{4}} \([+-]\d+\.\d s\.e\.\) \|", File.ReadAllText(_folder.At("run/experiment.md")));
        var best = RecipeReader.Read(_folder.At("run/best.yaml"));
        Assert.Equal(_folder.At("run-best"), best.Output);
        Assert.Equal(RateStage.Read(_folder.At($"run/06-rate/{(best.Train.Fusion is null ? "clm" : Variant)}")).LearningRate, best.Train.LearningRate);
        Assert.Equal("The recipe is in order.", (await CommandRun.SucceedAsync("check", _folder.At("run/best.yaml"))).TrimEnd());
    }

    [Fact]
    public async Task Experiment_Conversations_AreJudgedByTheirAnswers()
    {
        string output = await CommandRun.SucceedAsync("experiment", TinyConversations.Write(_folder), "--variants", Variant, "--seeds", "2");

        Assert.Contains("ensemble", output, StringComparison.Ordinal);
        Assert.Matches($@"\| {Variant} \| .* \| [+-]\d\.\d{{4}} ± \d\.\d{{4}} \([+-]\d+\.\d s\.e\.\) \|", File.ReadAllText(_folder.At("run/experiment.md")));
        string names = await CommandRun.SucceedAsync("experiment", _folder.At("run.yaml"), "--dry-run"); // alignments that take no conversations are none of them
        Assert.All(names.TrimEnd().Split('\n').Skip(1), n => Assert.StartsWith("boundary-first-token-", n, StringComparison.Ordinal));
        Assert.Equal("chatml", RecipeReader.Read(_folder.At("run/best.yaml")).Chat.Templates["security"]);
    }

    [Fact]
    public async Task Experiment_RecipeOfSomebodyElse_IsNotReplaced()
    {
        string recipe = TinyFusion.Write(_folder);
        Directory.CreateDirectory(_folder.At("run"));
        RecipeWriter.Write(_folder.At("run/recipe.yaml"), RecipeReader.Read(recipe)); // the folder is a run's
        File.WriteAllText(_folder.At("run/best.yaml"), "my own");

        var (code, _, errors) = await CommandRun.HereAsync("experiment", recipe, "--variants", Variant);

        Assert.Equal(2, code);
        Assert.Contains("best.yaml' is not one that an experiment wrote", errors, StringComparison.Ordinal);
        Assert.Equal("my own", File.ReadAllText(_folder.At("run/best.yaml")));
    }

    public void Dispose() => _folder.Dispose();
}
