using System.Text.Json;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Rates;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A run that chooses its learning rates and keeps the best state, as recipes do by default.</summary>
public sealed class LearningRateTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    private static readonly string[] _auto = [.. TinyFusion.Settings, "--set", "train.learning_rate=auto", "--set", "train.evaluate_every=auto"];

    [Fact]
    public async Task Run_Auto_ChoosesForEachMethodOnceAndIsUpToDateThen()
    {
        string recipe = TinyFusion.Write(_folder);
        string[] arguments = ["run", recipe, .. _auto, "--set", "seeds=2"];

        string before = await CommandRun.SucceedAsync([.. arguments, "--dry-run"]);
        string progress = await CommandRun.ProgressOfAsync(arguments);
        string after = await CommandRun.SucceedAsync([.. arguments, "--dry-run"]);

        Assert.Matches("rate clm +missing\n(.*\n)*rate fused +missing", before);
        Assert.Contains("train fused-seed43", before, StringComparison.Ordinal);
        Assert.Matches(@"rate fused: 0\.\d+.* \(range test: steepest at 0\.\d+; bits per byte on validation texts: untouched \d\.\d{4}, 0\.\d+ in \d+ steps \d\.\d{4}, ", progress);
        Assert.Contains("Nothing to do", after, StringComparison.Ordinal);
        var choice = RateStage.Read(_folder.At("run/06-rate/fused"));
        Assert.Equal(choice.LearningRate, choice.Trials[^1].LearningRate);
        Assert.Equal(3, choice.Trials.Count);
        foreach (string training in new[] { "fused-seed42", "fused-seed43" })
        {
            var options = JsonDocument.Parse(File.ReadAllText(_folder.At($"run/06-train/{training}/manifest.json"))).RootElement.GetProperty("options").GetProperty("options");
            Assert.Equal(choice.LearningRate, options.GetProperty("learning_rate").GetDouble());
            Assert.InRange(KeptState.Read(_folder.At($"run/06-train/{training}"))!.Best, 0, choice.Untouched!.Value);
        }

        string report = File.ReadAllText(_folder.At("run/report.md"));
        Assert.Contains("Learning rates, chosen by short trainings", report, StringComparison.Ordinal);
        string verdict = JsonDocument.Parse(File.ReadAllText(_folder.At("run/verdict.json"))).RootElement.GetProperty("sentence").GetString()!;
        Assert.Contains(verdict, report, StringComparison.Ordinal);
        Assert.Contains("2 seeds", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RateThatSpoilsTheModel_LeavesTheTargetAsItWas()
    {
        string progress = await CommandRun.ProgressOfAsync(["run", TinyFusion.Write(_folder), .. TinyFusion.Settings, "--set", "train.learning_rate=0.5", "--set", "train.evaluate_every=auto", "--set", "train.warmup_ratio=0",
            "--set", "train.stop_after_worse=2", "--set", "train.batch_size=8"]);

        Assert.Contains("train fused-seed42: no state was better than the untouched target", progress, StringComparison.Ordinal);
        Assert.True(KeptState.Read(_folder.At("run/06-train/fused-seed42"))!.IsUntouched);
        string text = File.ReadAllText(_folder.At("run/verdict.json"));
        Assert.Contains("which is the result", text, StringComparison.Ordinal);
        Assert.Contains("\"outcome\": \"no_clear_difference\"", text, StringComparison.Ordinal); // training without fusion has left it as it was, too
    }

    [Fact]
    public async Task Run_NoValidationTexts_TrainsAsPublishedAndSaysSo()
    {
        string recipe = TinyFusion.Write(_folder);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("letters: letters.jsonl", "letters: { train: letters.jsonl, test: letters.jsonl }", StringComparison.Ordinal)
            .Replace("numbers: numbers.jsonl", "numbers: { train: numbers.jsonl, test: numbers.jsonl }", StringComparison.Ordinal));

        string progress = await CommandRun.ProgressOfAsync(["run", recipe, .. _auto, "--set", "baselines.clm=false"]);

        Assert.Contains("rate fused: 0.00001, the published run's: there are no validation texts to choose a learning rate by.", progress, StringComparison.Ordinal);
        Assert.Null(KeptState.Read(_folder.At("run/06-train/fused-seed42")));
    }

    public void Dispose() => _folder.Dispose();
}
