using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Real ranks by a real mpirun: they come to what one process comes to, and one that dies ends the job.</summary>
public sealed partial class RankTests
{
    [Theory(Skip = MpiRun.MissingReason, SkipWhen = nameof(MpiRun.IsMissing), SkipType = typeof(MpiRun))]
    [InlineData("float32", 1e-5)]
    [InlineData("bfloat16", 5e-3)] // other sums of other parts of a batch round to other bfloat16 weights now and then
    public async Task Pretrain_ByTwoRanks_HasTheLossesOfOne(string precision, double tolerance)
    {
        using var training = new TinyPretraining();
        string[] options = ["--set", $"train.precision={precision}", "--set", "train.epochs=3"];

        var alone = await FusesharpProcess.RunAsync(training.Command("alone", options));
        var two = await MpiRun.RunAsync(2, training.Command("two", options));

        Assert.Equal((0, 0), (alone.ExitCode, two.ExitCode));
        AssertNear(training.Losses("alone"), training.Losses("two"), atLeast: 50, tolerance);
    }

    [Theory(Skip = MpiRun.MissingReason, SkipWhen = nameof(MpiRun.IsMissing), SkipType = typeof(MpiRun))]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Pretrain_ARankIsKilled_EndsTheJobByNameAndGoesOnAlone(int killed)
    {
        using var training = new TinyPretraining();
        string[] command = training.Command("killed", "--set", "train.precision=float32", "--set", "train.epochs=3");
        string checkpoints = training.At("killed.partial/checkpoints");
        var alone = await FusesharpProcess.RunAsync(training.Command("alone", "--set", "train.precision=float32", "--set", "train.epochs=3"));

        using var job = MpiRun.Start(2, command);
        while (!job.WaitForExit(5) && !Directory.Exists(Path.Combine(checkpoints, "step-00000010")))
        {
        }

        int[] processes = MpiRun.RanksOf(job);
        Process.GetProcessById(processes[killed]).Kill();
        var ended = await FusesharpProcess.EndOf(job);
        string newest = Directory.EnumerateDirectories(checkpoints, "step-*").Where(d => !d.EndsWith(".partial", StringComparison.Ordinal)).Max(StringComparer.Ordinal)!;
        bool isIntact = File.Exists(Path.Combine(newest, "state.json"));
        var continued = await FusesharpProcess.RunAsync(command);

        Assert.Equal(2, processes.Length);
        Assert.NotEqual(0, ended.ExitCode);
        Assert.All(processes, p => Assert.True(SpinWait.SpinUntil(() => !IsRunning(p), TimeSpan.FromSeconds(30)), "a rank lives on"));
        Assert.Matches(GoneLine(), ended.Errors);
        Assert.True(isIntact);
        Assert.Equal(0, continued.ExitCode);
        Assert.Contains("killed.partial: continued", continued.Errors, StringComparison.Ordinal);
        AssertNear(training.Losses("alone"), training.Losses("killed"), atLeast: 50, 1e-5);
    }

    [Fact(Skip = MpiRun.MissingReason, SkipWhen = nameof(MpiRun.IsMissing), SkipType = typeof(MpiRun))]
    public async Task Run_ByTwoRanks_MakesWhatOneMakes()
    {
        using var folder = new ScratchFolder();
        string[] settings = [.. TinyFusion.Settings, "--set", "train.evaluate_every=4", "--set", "train.keep_best=true", "--set", "split.documents_per_shard=10", "--set", "baselines.clm=false"];

        var alone = await FusesharpProcess.RunAsync(["run", TinyFusion.Write(folder, "alone"), .. settings]);
        var two = await MpiRun.RunAsync(2, ["run", TinyFusion.Write(folder, "two"), .. settings]);
        var again = await FusesharpProcess.RunAsync(["run", folder.At("two.yaml"), .. settings]);

        Assert.True((alone.ExitCode, two.ExitCode, again.ExitCode) == (0, 0, 0), alone.Errors + two.Errors + again.Errors);
        foreach (string stage in new[] { "01-split", "02-represent", "04-align", "05-pack" })
        {
            Assert.Equal(DataStages.Files(folder.At($"alone/{stage}")), DataStages.Files(folder.At($"two/{stage}")));
        }

        Assert.False(ErrorText.TellsOfWork(again.Errors), again.Errors); // everything is there, as one process would have left it
        AssertNear(Numbers(folder.At("alone/report.md")), Numbers(folder.At("two/report.md")), atLeast: 10, 2e-4);
        Assert.Single(BitsPerByteLines().Matches(two.Output)); // rank 0 alone prints the table
    }

    [Fact(Skip = MpiRun.MissingReason, SkipWhen = nameof(MpiRun.IsMissing), SkipType = typeof(MpiRun))]
    public async Task Run_ConversationsByTwoRanks_MakesWhatOneMakes()
    {
        using var folder = new ScratchFolder();
        string[] settings = ["--set", "train.micro_batch_size=1", "--set", "split.documents_per_shard=10", "--set", "baselines.clm=false"];

        var alone = await FusesharpProcess.RunAsync(["run", TinyConversations.Write(folder, output: "alone"), .. settings]);
        var two = await MpiRun.RunAsync(2, ["run", TinyConversations.Write(folder, output: "two"), .. settings]);

        Assert.True((alone.ExitCode, two.ExitCode) == (0, 0), alone.Errors + two.Errors);
        Assert.All(["01-split", "02-represent", "04-align", "05-pack"], stage => Assert.Equal(DataStages.Files(folder.At($"alone/{stage}")), DataStages.Files(folder.At($"two/{stage}"))));
        AssertNear(Losses(folder.At("alone/06-train/fused-seed42")), Losses(folder.At("two/06-train/fused-seed42")), atLeast: 4, 1e-5);
        AssertNear(Numbers(folder.At("alone/report.md")), Numbers(folder.At("two/report.md")), atLeast: 4, 2e-4);
    }

    [Theory(Skip = MpiRun.MissingReason, SkipWhen = nameof(MpiRun.IsMissing), SkipType = typeof(MpiRun))]
    [InlineData("lora")]
    [InlineData("qlora")]
    public async Task Train_AdaptersByTwoRanks_HaveTheLossesOfOne(string mode)
    {
        using var stages = new DataStages();
        await stages.RunAsync("data");
        string[] Command(string output) =>
        [
            "train", "--model", stages.At("target.gguf"), "--packed", stages.Output("data", "pack"), "--set", $"train.mode={mode}", "--set", "train.lora.rank=2", "--set", "train.lora.dropout=0.1", "--set", "train.lora.merge=true", "--set", "train.precision=float32",
            "--set", "train.batch_size=4", "--set", "train.micro_batch_size=2", "--set", "train.learning_rate=0.01", "--set", "train.epochs=20", "--output", stages.At(output),
        ];

        await CommandRun.SucceedAsync(Command("alone"));
        var two = await MpiRun.RunAsync(2, Command("two"));

        Assert.True(two.ExitCode == 0, two.Errors);
        AssertNear(Losses(stages.At("alone")), Losses(stages.At("two")), atLeast: 50, 1e-5);
    }

    [Fact(Skip = MpiRun.MissingReason, SkipWhen = nameof(MpiRun.IsMissing), SkipType = typeof(MpiRun))]
    public async Task Evaluate_ByTwoRanks_PrintsTheLineOfOne()
    {
        using var stages = new DataStages();
        string[] command = ["evaluate", stages.At("target.gguf"), "--texts", stages.At("texts.jsonl"), "--window", "40", "--precision", "float32"];

        var alone = await FusesharpProcess.RunAsync(command);
        var two = await MpiRun.RunAsync(2, command);

        Assert.True(two.ExitCode == 0, two.Errors);
        string Line(FusesharpProcess.Result result)
        {
            string line = result.Output.Split('\n').Single(l => l.Contains("bits per byte", StringComparison.Ordinal)).Trim();
            return line[line.IndexOf('/', StringComparison.Ordinal)..]; // mpirun gives ranks a terminal, which .NET greets
        }

        Assert.Equal(Line(alone), Line(two));
    }

    [Fact(Skip = MpiRun.MissingReason, SkipWhen = nameof(MpiRun.IsMissing), SkipType = typeof(MpiRun))]
    public async Task Pretrain_BadInput_IsSaidOnceAndEndsAllWithTwo()
    {
        using var training = new TinyPretraining();
        File.Delete(training.At("config.json"));

        var two = await MpiRun.RunAsync(2, training.Command("bad"));

        Assert.Equal(2, two.ExitCode);
        Assert.Single(two.ErrorLines, l => l.StartsWith("Failed: rank 0 of 2 (process ", StringComparison.Ordinal));
        Assert.Single(two.ErrorLines, l => l.Contains("config.json", StringComparison.Ordinal));
    }

    [Fact(Skip = MpiRun.MissingReason, SkipWhen = nameof(MpiRun.IsMissing), SkipType = typeof(MpiRun))]
    public async Task Pretrain_AnotherTextOnRank1_IsRefusedByNameBeforeAnythingIsMade()
    {
        using var training = new TinyPretraining();
        foreach (string folder in new[] { "a", "b" })
        {
            Directory.CreateDirectory(training.At(folder));
            File.Copy(training.At("texts/000.txt"), training.At($"{folder}/text.txt"));
        }

        File.AppendAllText(training.At("b/text.txt"), "row");
        string[] command = [.. training.Command("out").Select(a => a == training.At("texts") ? "text.txt" : a)];

        var two = await MpiRun.RunEachAsync((training.At("a"), command), (training.At("b"), command));

        Assert.Equal(2, two.ExitCode);
        Assert.Matches(@"rank 1 of 2 \(process \d+ on [^)]+\) would make another '[^']+/out' than rank 0: texts changed\. Start all ranks with the same program, command, recipe and data\.", two.Errors);
        Assert.Empty(Directory.EnumerateFileSystemEntries(training.At("."), "out*"));
    }

    [Theory(Skip = MpiRun.MissingReason, SkipWhen = nameof(MpiRun.IsMissing), SkipType = typeof(MpiRun))]
    [InlineData("train.epochs=2", "'train.epochs=2' for 'train.epochs=3'")]
    [InlineData("train.seed=7", "'train.seed=7' for 'train.epochs=3'")]
    public async Task Pretrain_AnotherCommandOnRank1_IsRefusedByName(string other, string difference)
    {
        using var training = new TinyPretraining();

        var two = await MpiRun.RunEachAsync((training.At("."), training.Command("out", "--set", "train.epochs=3")), (training.At("."), training.Command("out", "--set", other)));

        Assert.Equal(2, two.ExitCode);
        Assert.Contains($"has another command than rank 0: {difference}. Start all ranks", two.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Failed:", two.Errors, StringComparison.Ordinal); // no rank failed, and the same command would not go on
        Assert.Empty(Directory.EnumerateFileSystemEntries(training.At("."), "out*"));
    }

    private static double[] Losses(string trained) => [.. File.ReadLines(Path.Combine(trained, "log.jsonl")).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("loss").GetDouble())];

    private static void AssertNear(double[] expected, double[] actual, int atLeast, double tolerance)
    {
        Assert.InRange(expected.Length, atLeast, int.MaxValue);
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), p => Assert.InRange(Math.Abs(p.First - p.Second), 0, tolerance));
    }

    // A process that has ended stays listed as a zombie until whoever inherits it from mpirun takes notice.
    private static bool IsRunning(int process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static double[] Numbers(string report) => [.. Number().Matches(string.Join('\n', ReportedScores.Table(File.ReadAllText(report)))).Select(m => double.Parse(m.Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"Gone: rank \d of 2 \(process \d+ on [^)]+\)\. The whole job ends\. Finished work is intact: run the same command again")]
    private static partial Regex GoneLine();

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Number();

    [GeneratedRegex("Fused model \\(Hugging Face folder\\)")]
    private static partial Regex BitsPerByteLines();
}
