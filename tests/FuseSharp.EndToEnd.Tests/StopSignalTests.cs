using System.Globalization;
using System.Text.RegularExpressions;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A training that is told to stop writes its state first, also between two checkpoints that it would have written by itself.</summary>
public sealed partial class StopSignalTests
{
    private const int Interrupt = 2;
    private const int User = 10;
    private const int Terminate = 15;

    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    [InlineData(User)]
    public async Task Pretrain_ToldToStop_SavesItsStateAndGoesOnToTheSameWeights(int signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The numbers of signals are Linux's.");
        using var training = new TinyPretraining();
        string[] Arguments(string output) => training.Command(output, "--set", "train.epochs=12", "--set", "train.checkpoint_every=0", "--set", "train.checkpoint_minutes=0"); // the last value of a key counts

        var (name, stopped) = await SignalledTraining.StopAsync("stopped", Arguments, output => training.At($"{output}.partial"), signal);

        Assert.Equal(130, stopped.ExitCode);
        int steps = StateOf(training, name);
        Assert.Equal(FormattableString.Invariant($"train {name}: stopped after step {steps} of 312; the same command goes on there."), Assert.Single(stopped.ErrorLines));
        Assert.Matches(@"stopped-\d+  \d+ of [\d,]+ steps done, stopped after ", stopped.Errors);
        Assert.Equal(LoggedSteps(training, name), steps);

        Assert.Equal(0, (await FusesharpProcess.RunAsync(Arguments(name))).ExitCode);
        Assert.Equal(0, (await FusesharpProcess.RunAsync(Arguments("alone"))).ExitCode);
        Assert.Equal(File.ReadAllBytes(training.At("alone/model.safetensors")), File.ReadAllBytes(training.At($"{name}/model.safetensors")));
    }

    [Fact]
    public async Task Pretrain_ToldToStopAtRandomMoments_LosesNoStep()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The numbers of signals are Linux's.");
        using var training = new TinyPretraining();
        string[] Arguments(string output) => training.Command(output, "--set", "train.epochs=8", "--set", "train.checkpoint_every=0");
        var random = new Random(23);
        (int stops, int reached) = (0, 0);
        while (true)
        {
            using var process = FusesharpProcess.Start(Arguments("stopped"));
            int target = reached + random.Next(1, 40);
            int further = random.Next(20);
            bool told = stops < 5;
            while (told && !process.WaitForExit(1) && (LoggedSteps(training, "stopped") < target || further-- > 0))
            {
            }

            _ = told ? SignalledTraining.Send(process.Id, stops % 2 == 0 ? Terminate : User) : 0;
            var end = await FusesharpProcess.EndOf(process);
            if (end.ExitCode == 0)
            {
                break;
            }

            stops++;
            Assert.True(end.ExitCode == 130, end.Errors);
            reached = StateOf(training, "stopped");
            Assert.Equal(LoggedSteps(training, "stopped"), reached);
        }

        Assert.InRange(stops, 1, 5);
        Assert.Equal(0, (await FusesharpProcess.RunAsync(Arguments("alone"))).ExitCode);
        Assert.Equal(File.ReadAllBytes(training.At("alone/model.safetensors")), File.ReadAllBytes(training.At("stopped/model.safetensors")));
    }

    [Theory(Skip = MpiRun.MissingReason, SkipWhen = nameof(MpiRun.IsMissing), SkipType = typeof(MpiRun))]
    [InlineData(Terminate, 0)]
    [InlineData(User, 1)]
    public async Task Pretrain_OneOfTwoRanksIsToldToStop_AllSaveTheSameStepAndGoOnToTheSameWeights(int signal, int told)
    {
        using var training = new TinyPretraining();
        string[] Arguments(string output) => training.Command(output, "--set", "train.epochs=6", "--set", "train.checkpoint_every=0", "--set", "train.precision=float32");
        using var job = MpiRun.Start(2, Arguments("stopped"));
        while (!job.WaitForExit(1) && LoggedSteps(training, "stopped") < 5)
        {
        }

        Assert.Equal(0, SignalledTraining.Send(MpiRun.RanksOf(job)[told], signal));
        var stopped = await FusesharpProcess.EndOf(job);

        Assert.Equal(130, stopped.ExitCode);
        int steps = StateOf(training, "stopped");
        Assert.Equal(LoggedSteps(training, "stopped"), steps);
        Assert.Single(StoppedLine().Matches(stopped.Errors));
        Assert.Contains(FormattableString.Invariant($"train stopped: stopped after step {steps} of 156; the same command goes on there."), stopped.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Failed", stopped.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Gone", stopped.Errors, StringComparison.Ordinal);

        var continued = await MpiRun.RunAsync(2, Arguments("stopped"));
        var alone = await MpiRun.RunAsync(2, Arguments("alone"));
        Assert.True((continued.ExitCode, alone.ExitCode) == (0, 0), continued.Errors + alone.Errors);
        Assert.Equal(File.ReadAllBytes(training.At("alone/model.safetensors")), File.ReadAllBytes(training.At("stopped/model.safetensors")));
    }

    [Fact]
    public async Task Run_ToldToStopInATrialOfALearningRate_GoesOnInTheTrial()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The numbers of signals are Linux's.");
        using var folder = new ScratchFolder();
        string[] settings = [.. TinyFusion.Settings, "--set", "train.learning_rate=auto", "--set", "train.evaluate_every=auto", "--set", "baselines.clm=false", "--set", "train.checkpoint_every=1"];
        string[] Arguments(string output) => ["run", TinyFusion.Write(folder, output), .. settings];
        string second = folder.At("stopped/06-rate/fused.partial/trial-1");
        FusesharpProcess.Result stopped;
        using (var process = FusesharpProcess.Start(Arguments("stopped")))
        {
            while (!process.WaitForExit(1) && !Directory.Exists(second))
            {
            }

            _ = SignalledTraining.Send(process.Id, Terminate);
            stopped = await FusesharpProcess.EndOf(process);
        }

        var continued = await FusesharpProcess.RunAsync(Arguments("stopped"));
        var alone = await FusesharpProcess.RunAsync(Arguments("alone"));

        Assert.Equal(130, stopped.ExitCode);
        Assert.Matches(@"\nrate fused: 0\.\d+: stopped after step \d+ of \d+; the same command goes on there\.\n", stopped.Errors);
        Assert.True((continued.ExitCode, alone.ExitCode) == (0, 0), continued.Errors + alone.Errors);
        Assert.Contains("06-rate/fused.partial: continued", continued.Errors, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(folder.At("alone/06-rate/fused/rate.json")), File.ReadAllBytes(folder.At("stopped/06-rate/fused/rate.json")));
        Assert.Equal(["manifest.json", "rate.json"], Directory.EnumerateFileSystemEntries(folder.At("stopped/06-rate/fused")).Select(Path.GetFileName).Order(StringComparer.Ordinal).Where(n => n != "cost.json"));
    }

    [Theory]
    [InlineData("split")]
    [InlineData("represent source")]
    public async Task DataStage_ToldToStopByUser1_SaysWhatIsKeptAndGoesOn(string stage)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The numbers of signals are Linux's.");
        using var data = new DataStages();
        await data.RunAsync("whole");
        string journal = Path.Combine(data.Output("stopped", stage) + ".partial", "shards.jsonl");
        FusesharpProcess.Result stopped;
        using (var process = FusesharpProcess.Start(data.Command(stage, "whole", "stopped")))
        {
            while (!process.HasExited && KillableProcess.LengthOf(journal) == 0)
            {
                Thread.Yield();
            }

            _ = SignalledTraining.Send(process.Id, User);
            stopped = await FusesharpProcess.EndOf(process);
        }

        if (stopped.ExitCode != 0) // it may have come to its end by then
        {
            Assert.Equal(130, stopped.ExitCode);
            int finished = File.ReadAllLines(journal).Length;
            Assert.StartsWith(FormattableString.Invariant($"Stopped with {finished} shard"), Assert.Single(stopped.ErrorLines), StringComparison.Ordinal);
        }

        await CommandRun.SucceedAsync(data.Command(stage, "whole", "stopped"));
        Assert.Equal(DataStages.Files(data.Output("whole", stage)), DataStages.Files(data.Output("stopped", stage)));
    }

    private static int StateOf(TinyPretraining training, string name)
        => int.Parse(Path.GetFileName(Assert.Single(Directory.EnumerateDirectories(training.At($"{name}.partial/checkpoints"))))["step-".Length..], CultureInfo.InvariantCulture);

    private static int LoggedSteps(TinyPretraining training, string name)
    {
        string file = training.At($"{name}.partial/log.jsonl");
        return File.Exists(file) ? KillableProcess.CountLines(file) : 0;
    }

    [GeneratedRegex("stopped after step")]
    private static partial Regex StoppedLine();
}
