using FuseSharp.Errors;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;
using FuseSharp.Testing;

namespace FuseSharp.Storage.Tests.Artifacts;

public sealed class RankAgreementTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("test", 2, "would make another 'RUN/out' than rank 0: test.epochs 1 → 2")]
    [InlineData("other", 1, "makes 'RUN/out' by 'other' where rank 0 makes 'RUN/out' by 'test'")]
    public void Make_ARankWithAnotherKey_IsNamedByAllBeforeAnythingIsWritten(string stage, int epochs, string reason)
    {
        string[] faults = ThreadProcessGroup.Run(3, ranks =>
        {
            var key = ranks.Rank == 1 ? StageKey.Create(stage, 1, new { epochs }) : StageKey.Create("test", 1, new { epochs = 1 });
            return Assert.Throws<UsageException>(() => StageDirectory.Make(_folder.At("out"), key, SilentProgress.Instance, _ => [], ranks)).Message;
        });

        Assert.All(faults, f => Assert.Contains(reason.Replace("RUN", Path.GetFileName(_folder.Path), StringComparison.Ordinal), f, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Make_ARankWithAnotherText_IsNamedBeforeAShardIsMade()
    {
        string[] faults = ThreadProcessGroup.Run(2, ranks =>
        {
            var key = StageKey.Create("split", 1, new { max_length = 8 }, ("texts.one", ranks.Rank == 1 ? "b" : "a"));
            return Assert.Throws<UsageException>(() => ShardedStage.Make(new StageOutput(_folder.At("out")), key, StageContext.Silent with { Ranks = ranks }, () => [], _ => Assert.Fail("a shard was begun"))).Message;
        });

        Assert.All(faults, f => Assert.Equal($"rank 1 would make another '{Path.GetFileName(_folder.Path)}/out' than rank 0: texts.one changed. Start all ranks with the same program, command, recipe and data.", f));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    // The same name on disks of their own, as machines without a common one have it.
    [Fact]
    public void Make_ARankOnAnotherDisk_IsNamedBeforeAnythingIsMade()
    {
        var key = StageKey.Create("test", 1, new { epochs = 1 });
        string[] faults = ThreadProcessGroup.Run(2, ranks =>
            Assert.Throws<UsageException>(() => StageDirectory.Make(_folder.At(Path.Combine(ranks.Rank == 0 ? "a" : "b", "runs", "out")), key, SilentProgress.Instance, _ => throw new InvalidOperationException("worked"), ranks)).Message);

        Assert.All(faults, f => Assert.StartsWith($"rank 1 sees another folder under '{_folder.At("b/runs/out")}' than rank 0. The output must lie where all machines see the same files under the same path", f, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*.ranks", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(_folder.At("a/runs/out.partial")));
    }

    [Theory]
    [InlineData("seed: 1\nepochs: 3", "'epochs: 3' for 'epochs: 2'")]
    [InlineData("seed: 1", "nothing for 'epochs: 2'")]
    [InlineData("seed: 1\nepochs: 2\nranks: 4", "'ranks: 4' for nothing")]
    public void CheckLines_TheFirstThatDiffers_IsNamed(string other, string expected)
    {
        string[] faults = ThreadProcessGroup.Run(3, ranks => Assert.Throws<UsageException>(() => RankAgreement.CheckLines(ranks, "recipe", ranks.Rank == 2 ? other : "seed: 1\nepochs: 2")).Message);

        Assert.All(faults, f => Assert.Equal($"rank 2 has another recipe than rank 0: {expected}. Start all ranks with the same program, command, recipe and data.", f));
    }
}
