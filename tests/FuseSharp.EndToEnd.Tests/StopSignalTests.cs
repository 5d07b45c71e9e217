using System.Globalization;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A training that is told to stop writes its state first, also between two checkpoints that it would have written by itself.</summary>
public sealed class StopSignalTests
{
    [Theory]
    [InlineData(2, 130)]
    [InlineData(15, 143)]
    [InlineData(10, 138)]
    public async Task Pretrain_ToldToStop_SavesItsStateAndGoesOnToTheSameWeights(int signal, int code)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The numbers of signals are Linux's.");
        using var training = new TinyPretraining();
        string[] Arguments(string output)
        {
            string[] command = training.Command(output, "--set", "train.epochs=12", "--set", "train.checkpoint_every=0"); // the last value of a key counts
            return command;
        }

        var (name, stopped) = await SignalledTraining.StopAsync("stopped", Arguments, output => training.At($"{output}.partial"), signal);

        Assert.Equal(code, stopped.ExitCode);
        Assert.Equal("Cancelled. Finished work is kept; the same command resumes from there.", Assert.Single(stopped.ErrorLines));
        Assert.Matches(@"stopped-\d+  \d+ of [\d,]+ steps done, stopped after ", stopped.Errors);
        int steps = int.Parse(Path.GetFileName(Assert.Single(Directory.EnumerateDirectories(training.At($"{name}.partial/checkpoints"))))["step-".Length..], CultureInfo.InvariantCulture);
        Assert.Equal(File.ReadLines(training.At($"{name}.partial/log.jsonl")).Count(), steps);

        Assert.Equal(0, (await FusesharpProcess.RunAsync(Arguments(name))).ExitCode);
        Assert.Equal(0, (await FusesharpProcess.RunAsync(Arguments("alone"))).ExitCode);
        Assert.Equal(File.ReadAllBytes(training.At("alone/model.safetensors")), File.ReadAllBytes(training.At($"{name}/model.safetensors")));
    }
}
