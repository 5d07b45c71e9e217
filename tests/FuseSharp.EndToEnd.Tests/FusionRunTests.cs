using FuseSharp.Pipeline.Compare;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A whole fusion by the command, in processes of their own, from texts to a model that generates.</summary>
public sealed class FusionRunTests
{
    private const int Interrupt = 2; // SIGINT

    [Fact]
    public async Task Run_TinyRecipe_ComparesAllModelsAndLeavesAModelThatGenerates()
    {
        using var folder = new ScratchFolder();
        string recipe = TinyFusion.Write(folder);

        var run = await FusesharpProcess.RunAsync(["run", recipe, .. TinyFusion.Settings]);

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("Warning: Training has too few steps", Assert.Single(run.ErrorLines), StringComparison.Ordinal); // of both trainings once
        string report = File.ReadAllText(folder.At("run/report.md"));
        foreach (string row in new[] { "security (target)", "data (source)", "web (source)", "CLM", "fused" })
        {
            Assert.Contains($"| {row} | ", report, StringComparison.Ordinal);
            Assert.Contains(row, run.Output, StringComparison.Ordinal);
        }

        Assert.Equal(Manifest.Read(folder.At("run/05-pack")).Figures["tokens"], TeachingStage.Read(folder.At("run/08-report/teaching")).Values.Sum(d => d.Values.Sum()));
        string fused = folder.At("run/06-train/fused-seed42");
        Assert.NotEqual(ReportedScores.Means(report)["CLM"], ReportedScores.Means(report)["fused"]);
        Assert.All(new[] { "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json" }, f => Assert.True(File.Exists(Path.Combine(fused, f)), f));
        var generated = await FusesharpProcess.RunAsync("generate", fused, "--prompt", "The reader", "--max-tokens", "5", "--precision", "float32");
        Assert.StartsWith("The reader", generated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Again_DoesOnlyWhatIsOutOfDate()
    {
        using var folder = new ScratchFolder();
        string recipe = TinyFusion.Write(folder);
        string[] settings = [.. TinyFusion.Settings, "--set", "baselines.clm=false"];
        var first = await FusesharpProcess.RunAsync(["run", recipe, .. settings]);
        string before = File.ReadAllText(folder.At("run/report.md"));

        var same = await FusesharpProcess.RunAsync(["run", recipe, .. settings]);
        string unchanged = File.ReadAllText(folder.At("run/report.md"));
        var other = await FusesharpProcess.RunAsync(["run", recipe, .. settings, "--set", "train.learning_rate=0.002"]);

        Assert.Equal((0, 0, 0), (first.ExitCode, same.ExitCode, other.ExitCode));
        Assert.False(ErrorText.TellsOfWork(same.Errors), same.Errors);
        Assert.Equal(before, unchanged);
        Assert.Contains("02-represent/web: up to date", other.Errors, StringComparison.Ordinal);
        Assert.Contains("05-pack: up to date", other.Errors, StringComparison.Ordinal);
        Assert.Contains("train fused-seed42", other.Errors, StringComparison.Ordinal);
        Assert.NotEqual(before, File.ReadAllText(folder.At("run/report.md")));
    }

    [Fact]
    public async Task Run_WithAnotherFusion_TrainsTheBaselineWithoutFusionOnce()
    {
        using var folder = new ScratchFolder();
        string[] arguments = ["run", TinyFusion.Write(folder), .. TinyFusion.Settings];
        await CommandRun.SucceedAsync(arguments);

        string other = await CommandRun.ProgressOfAsync([.. arguments, "--set", "train.fusion.missing_probability=bucket", "--set", "train.fusion.next_token_weight=0.7", "--set", "train.fusion.selection=block"]);

        Assert.Contains("06-train/clm-seed42: up to date", other, StringComparison.Ordinal);
        Assert.Contains("train fused-seed42", other, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_InterruptedWhileTraining_EndsWith130AndGoesOnToTheSameModel()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Ctrl-C cannot be sent to another process on Windows.");
        using var folder = new ScratchFolder();
        string[] settings = [.. TinyFusion.Settings, "--set", "baselines.clm=false", "--set", "train.epochs=12"];
        string[] Arguments(string output) => ["run", TinyFusion.Write(folder, output), .. settings];
        var alone = await FusesharpProcess.RunAsync(Arguments("alone"));
        var (name, interrupted) = await SignalledTraining.StopAsync("interrupted", Arguments, output => folder.At($"{output}/06-train/fused-seed42.partial"), Interrupt);
        var continued = await FusesharpProcess.RunAsync(Arguments(name));

        Assert.Equal(0, alone.ExitCode);
        Assert.Equal(130, interrupted.ExitCode);
        Assert.Matches(@"^train fused-seed42: stopped after step \d+ of \d+; the same command goes on there\.$", Assert.Single(interrupted.ErrorLines));
        Assert.Equal(0, continued.ExitCode);
        Assert.Contains("06-train/fused-seed42.partial: continued", continued.Errors, StringComparison.Ordinal);
        Assert.Equal(
            File.ReadAllBytes(folder.At("alone/06-train/fused-seed42/model.safetensors")),
            File.ReadAllBytes(folder.At($"{name}/06-train/fused-seed42/model.safetensors")));
    }

    [Fact]
    public async Task Run_DryRun_PrintsEveryStageAndWritesNothing()
    {
        using var folder = new ScratchFolder();

        var run = await FusesharpProcess.RunAsync("run", TinyFusion.Write(folder), "--dry-run");

        Assert.Equal(0, run.ExitCode);
        Assert.All(new[] { "split", "represent", "align", "pack", "train", "evaluate" }, s => Assert.Contains(s, run.Output, StringComparison.Ordinal));
        Assert.False(Directory.Exists(folder.At("run")));
    }
}
