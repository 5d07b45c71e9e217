using System.Diagnostics;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Stages as real processes that are killed, run out of disk or meet NaN.</summary>
public sealed class DurableStagesTests
{
    [Fact]
    public async Task EveryStage_KilledAtRandomMoments_EndsWithTheBytesOfAnUninterruptedRun()
    {
        using var data = new DataStages();
        await data.RunAsync("whole");
        var random = new Random(11);
        int killed = 0;

        foreach (var (stage, kills) in new[] { ("split", 1), ("represent source", 2), ("align", 1), ("pack", 1) })
        {
            for (int round = 0; ; round++)
            {
                using var process = FusesharpProcess.Start(data.Command(stage, "whole", "killed"));
                if (round < kills && KillableProcess.KilledInTheMiddle(process, data.Output("killed", stage), random))
                {
                    killed++;
                    continue;
                }

                var end = await FusesharpProcess.EndOf(process);
                Assert.True(end.ExitCode == 0, end.Errors);
                break;
            }

            Assert.Equal(DataStages.Files(data.Output("whole", stage)), DataStages.Files(data.Output("killed", stage)));
        }

        Assert.InRange(killed, 1, 5); // a stage that ends before its random moment is not killed
    }

    [Fact]
    public async Task Represent_TheDiskIsFull_SaysSoInOneLineAndGoesOnWhenThereIsRoom()
    {
        using var data = new DataStages();
        await data.RunAsync("whole");
        string disk = data.At("small");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(await Mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", disk), "Mounting a small disk takes root.");
        try
        {
            var (code, _, errors) = await CommandRun.HereAsync(data.Command("represent source", "whole", "small"));

            Assert.Equal(2, code);
            Assert.Contains("full", Assert.Single(ErrorText.WithoutProgress(errors)), StringComparison.Ordinal);
            string partial = data.Output("small", "represent source") + ".partial";
            int finished = File.ReadAllLines(Path.Combine(partial, "shards.jsonl")).Length;
            Assert.InRange(finished, 1, 11);
            Assert.Empty(Directory.EnumerateFiles(partial, "*.parquet.partial"));

            Assert.True(await Mount("-o", "remount,size=4m", disk));
            await CommandRun.SucceedAsync(data.Command("represent source", "whole", "small"));
            Assert.Equal(DataStages.Files(data.Output("whole", "represent source")), DataStages.Files(data.Output("small", "represent source")));
        }
        finally
        {
            using var unmount = Process.Start("umount", disk);
            await unmount.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Pretrain_TheDiskIsFullForAState_SaysWhichIsTheNewestAndGoesOnWhenThereIsRoom()
    {
        using var training = new TinyPretraining();
        string disk = training.At("small");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(await Mount("-t", "tmpfs", "-o", "size=900k", "tmpfs", disk), "Mounting a small disk takes root.");
        try
        {
            var (code, _, errors) = await CommandRun.HereAsync(training.Command("small/out"));

            Assert.Equal(2, code);
            Assert.Equal($"The disk of '{training.At("small/out.partial/checkpoints")}' is full: 'step-00000002' cannot be written there; there is no state yet. Free some space and run the same command again.", Assert.Single(ErrorText.WithoutProgress(errors)));
            Assert.Empty(Directory.EnumerateDirectories(training.At("small/out.partial/checkpoints")));

            Assert.True(await Mount("-o", "remount,size=40m", disk));
            await CommandRun.SucceedAsync(training.Command("small/out"));
        }
        finally
        {
            using var unmount = Process.Start("umount", disk);
            await unmount.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Represent_DocumentsThatYieldNaN_StopTheStageOrAreLeftOutForAllModels()
    {
        using var data = new DataStages(poisoned: 'c');
        await CommandRun.SucceedAsync(data.Command("split", "run", "run"));
        await CommandRun.SucceedAsync(data.Command("represent target", "run", "run"));

        var (code, _, errors) = await CommandRun.HereAsync(data.Command("represent source", "run", "run"));
        Assert.Equal(2, code);
        Assert.Contains("NaN or infinite logits for document 3 (t)", Assert.Single(ErrorText.WithoutProgress(errors)), StringComparison.Ordinal);

        foreach (string stage in new[] { "represent source", "align", "pack" })
        {
            await CommandRun.SucceedAsync(data.Command(stage, "run", "run", "--set", "store.skip_bad_documents=true"));
        }

        // Every tenth of 60 documents, from the fourth on, has the letter.
        Assert.Equal([3, 13, 23, 33, 43, 53], Store.Open(data.Output("run", "represent source")).LeftOut.Select(p => p.Document));
        Assert.Equal(60, Manifest.Read(data.Output("run", "represent target")).Figures["pieces"]);
        Assert.Equal(54, Manifest.Read(data.Output("run", "represent source")).Figures["pieces"]);
        Assert.Equal(54, Manifest.Read(data.Output("run", "align")).Figures["pieces"]);
        Assert.Equal(6, Manifest.Read(data.Output("run", "pack")).Figures["left_out"]);
        using var blocks = new PackedBlocks(data.Output("run", "pack"));
        int[] packed = [.. Enumerable.Range(0, blocks.Count).SelectMany(b => blocks.Read(b).Segments.Select(s => s.Document)).Distinct()];
        Assert.Equal(Enumerable.Range(0, 60).Where(d => d % 10 != 3), packed);
    }

    [Fact]
    public async Task EveryStage_InParts_TheUnionIsTheSingleRunAndTheNextStageReadsIt()
    {
        using var data = new DataStages(poisoned: 'c');
        await data.RunAsync("whole", "--set", "store.skip_bad_documents=true");

        foreach (string stage in DataStages.Stages)
        {
            for (int i = 0; i < 3; i++)
            {
                await CommandRun.SucceedAsync(data.Command(stage, "parts", "parts", "--set", "store.skip_bad_documents=true", "--shard", FormattableString.Invariant($"{i}/3")));
            }

            var (whole, parts) = (Store.Open(data.Output("whole", stage)), Store.Open(data.Output("parts", stage)));
            Assert.Equal(whole.Manifest.Key, parts.Manifest.Key);
            Assert.Equal(whole.Manifest.Figures, parts.Manifest.Figures);
            Assert.Equal(whole.Shards.Select(s => (s.Name, s.Sha256)), parts.Shards.Select(s => (s.Name, s.Sha256)));
        }

        var (code, output, errors) = await CommandRun.HereAsync("verify", data.At("parts"));
        Assert.True(code == 0, errors);
        Assert.Equal(5, output.Split("in order").Length - 1);
    }

    [Fact]
    public async Task Represent_ADamagedShardOfTexts_IsNamedBeforeUse()
    {
        using var data = new DataStages();
        await CommandRun.SucceedAsync(data.Command("split", "run", "run"));
        string shard = Path.Combine(data.Output("run", "split"), "train", "00007.parquet");
        byte[] bytes = await File.ReadAllBytesAsync(shard);
        bytes[^200] ^= 4;
        await File.WriteAllBytesAsync(shard, bytes);

        var (code, _, errors) = await CommandRun.HereAsync(data.Command("represent target", "run", "run"));

        Assert.Equal(2, code);
        Assert.Contains(shard, Assert.Single(ErrorText.WithoutProgress(errors)), StringComparison.Ordinal);
        Assert.Equal(2, (await CommandRun.HereAsync("verify", data.Output("run", "split"))).Code);
        await CommandRun.SucceedAsync(data.Command("split", "run", "run", "--repair"));
        await CommandRun.SucceedAsync(data.Command("represent target", "run", "run"));
    }

    private static async Task<bool> Mount(params string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        using var mount = Process.Start(new ProcessStartInfo("mount", arguments) { RedirectStandardError = true })!;
        await mount.WaitForExitAsync();
        return mount.ExitCode == 0;
    }
}
