using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Storage.Tests.Artifacts;

/// <summary>A stage of six shards of three rows, which a killed or damaged run has left in some state.</summary>
public sealed class ShardedStageTests : IDisposable
{
    private const int Count = 6;

    private readonly ScratchFolder _folder = new();
    private readonly List<string> _made = [];

    private string Output => _folder.At("out");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Make_StoppedInAShard_GoesOnAtIt()
    {
        var expected = Whole();

        Assert.Throws<InvalidOperationException>(() => Make(failAt: 3));
        Assert.False(File.Exists(Path.Combine(Output, Manifest.FileName)));
        _made.Clear();
        Make();

        Assert.Equal(["00003.parquet", "00004.parquet", "00005.parquet"], _made);
        Assert.Equal(expected, Files(Output));
    }

    [Fact]
    public void Make_ByRanks_IsAsByOne()
    {
        var expected = Whole();
        _made.Clear();

        string[] manifests = ThreadProcessGroup.Run(4, r => MakeBy(r).Shards!.Count + " shards");

        Assert.Equal(["6 shards", "6 shards", "6 shards", "6 shards"], manifests);
        Assert.Equal(expected, Files(Output));
        Assert.Equal(Count, _made.Count);
    }

    [Fact]
    public void Make_ByRanksOfWhichOneFails_GoesOnWithAnotherNumber()
    {
        var expected = Whole();

        Assert.ThrowsAny<AggregateException>(() => ThreadProcessGroup.Run(2, r => MakeBy(r, failAt: 3)));
        _made.Clear();
        ThreadProcessGroup.Run(3, r => MakeBy(r));

        Assert.Contains("00003.parquet", _made);
        Assert.DoesNotContain("00001.parquet", _made); // of the rank that failed later: its own journal is read
        Assert.Equal(expected, Files(Output));
    }

    [Fact]
    public void Make_ByRanksWhatIsThere_DoesNothing()
    {
        Make();
        _made.Clear();

        ThreadProcessGroup.Run(2, r => MakeBy(r));

        Assert.Empty(_made);
    }

    [Fact]
    public void Make_TornJournalAndUnlistedFile_AreMadeAgain()
    {
        var expected = Whole();
        Assert.Throws<InvalidOperationException>(() => Make(failAt: 4));
        string journal = Path.Combine(Output + ".partial", "shards.jsonl");
        string[] lines = File.ReadAllLines(journal);
        File.WriteAllText(journal, string.Join('\n', lines[..3]) + "\n" + lines[3][..20]); // killed while it wrote the line of shard 3
        File.WriteAllText(Path.Combine(Output + ".partial", "00004.parquet"), "named, but not in the journal");
        File.WriteAllText(Path.Combine(Output + ".partial", "00005.parquet.partial"), "half");

        _made.Clear();
        Make();

        Assert.Equal(["00003.parquet", "00004.parquet", "00005.parquet"], _made);
        Assert.Equal(expected, Files(Output));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(9)]
    public void Make_InParts_TheUnionIsTheSingleRun(int parts)
    {
        var expected = Whole();
        string shared = _folder.At("shared");

        for (int i = parts - 1; i >= 0; i--)
        {
            Assert.True(i == parts - 1 || Assert.Throws<ArtifactException>(() => Store.Open(shared)).Message.Length > 0);
            Make(new StageOutput(shared) { Part = new MachinePart(i, parts) });
        }

        var (union, single) = (Store.Open(shared), Store.Open(_folder.At("whole")));
        Assert.Equal(single.Manifest.Key, union.Manifest.Key);
        Assert.Equal(single.Manifest.Figures, union.Manifest.Figures);
        Assert.Equal(single.Shards.Select(s => (s.Name, s.Bytes, s.Sha256)), union.Shards.Select(s => (s.Name, s.Bytes, s.Sha256)));
        Assert.All(union.Shards, s => Assert.Equal(expected[s.Name], Convert.ToHexString(File.ReadAllBytes(union.PathOf(s)))));
        Assert.Empty(StoreVerifier.Verify(shared, null, CancellationToken.None).Errors);
    }

    [Fact]
    public void Open_APartIsMissing_NamesIt()
    {
        Make(new StageOutput(Output) { Part = new MachinePart(0, 3) });
        Make(new StageOutput(Output) { Part = new MachinePart(2, 3) });

        Assert.Contains("1/3", Assert.Throws<ArtifactException>(() => Store.Open(Output)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_AWholeRunBesideParts_IsRefused()
    {
        Make(new StageOutput(Output) { Part = new MachinePart(0, 2) });

        Assert.Throws<ArtifactException>(() => Make());
        Assert.Throws<ArtifactException>(() => Make(new StageOutput(Output) { Part = new MachinePart(0, 3) }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_ADamagedShard_IsNamedBeforeUseAndMadeAgainOnRequest(bool isCut)
    {
        var expected = Whole();
        Make();
        string shard = Path.Combine(Output, "00002.parquet");
        byte[] bytes = File.ReadAllBytes(shard);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(shard, isCut ? bytes[..^1] : bytes);
        var store = Store.Open(Output);

        var fault = Assert.Throws<ArtifactException>(() => store.Read(store.Shards[2], TextTable.Read).First());
        Assert.Contains("00002.parquet", fault.Message, StringComparison.Ordinal);
        Assert.Contains("repair", fault.Message, StringComparison.Ordinal);
        Assert.Contains("00002.parquet", Assert.Single(StoreVerifier.Verify(Output, null, CancellationToken.None).Errors), StringComparison.Ordinal);

        _made.Clear();
        Make(new StageOutput(Output) { Repairs = true });

        Assert.Equal(["00002.parquet"], _made);
        Assert.Equal(expected, Files(Output));
        Assert.Empty(StoreVerifier.Verify(Output, null, CancellationToken.None).Errors);
    }

    [Fact]
    public void Make_WhileAnotherProcessWrites_IsRefused()
    {
        Directory.CreateDirectory(Output + ".partial");
        using (new FileStream(Output + ".partial.lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Contains("Another process", Assert.Throws<ArtifactException>(() => Make()).Message, StringComparison.Ordinal);
        }

        Make();
        Assert.False(File.Exists(Output + ".partial.lock"));
    }

    [Fact]
    public void Verify_AStrangerOrAnEditedManifest_IsNamed()
    {
        Make();
        File.Copy(Path.Combine(Output, "00001.parquet"), Path.Combine(Output, "00077.parquet"));
        string manifest = Path.Combine(Output, Manifest.FileName);
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"seed\": 1", "\"seed\": 2", StringComparison.Ordinal));

        var verified = StoreVerifier.Verify(Output, null, CancellationToken.None);

        Assert.Equal(2, verified.Errors.Count);
        Assert.Contains("changed by hand", verified.Errors[0], StringComparison.Ordinal);
        Assert.Contains("00077.parquet", verified.Errors[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0/1", 0, 1)]
    [InlineData("7/8", 7, 8)]
    public void ShardPart_Parse_ReadsIndexAndCount(string text, int index, int count)
    {
        Assert.Equal(new MachinePart(index, count), MachinePart.Parse(text));
        Assert.Equal(new MachinePart(index, count), MachinePart.OfFolderName(new MachinePart(index, count).FolderName));
    }

    [Theory]
    [InlineData("8/8")]
    [InlineData("-1/8")]
    [InlineData("1")]
    [InlineData("1/0")]
    [InlineData("1/2/3")]
    [InlineData("a/b")]
    public void ShardPart_Parse_RefusesAnythingElse(string text) => Assert.Throws<UsageException>(() => MachinePart.Parse(text));

    private SortedDictionary<string, string> Whole()
    {
        Make(_folder.At("whole"));
        return Files(_folder.At("whole"));
    }

    private Manifest MakeBy(IProcessGroup ranks, int failAt = -1) => Make(failAt: failAt, ranks: ranks);

    private Manifest Make(StageOutput? output = null, int failAt = -1, IProcessGroup? ranks = null)
        => ShardedStage.Make(output ?? Output, StageKey.Create("split", 1, new { seed = 1 }), new StageContext(SilentProgress.Instance, CancellationToken.None) { Ranks = ranks ?? SingleProcess.Instance }, () => new() { ["constant"] = 0.1 }, shards =>
        {
            for (int s = 0; s < Count; s++)
            {
                if (shards.Needs(Shards.NameOf(s)))
                {
                    var tally = new ShardTally();
                    shards.Write(Shards.NameOf(s), TextTable.Schema, Rows(s, s == failAt, tally), TextTable.ToBatch, tally);
                    lock (_made)
                    {
                        _made.Add(Shards.NameOf(s));
                    }
                }
            }
        });

    private static IEnumerable<(PieceId, string, string)> Rows(int shard, bool fails, ShardTally tally)
    {
        for (int row = 0; row < 3; row++)
        {
            tally.Add("train.pieces", 1);
            tally.Add("share", 0.1 * shard);
            yield return (new PieceId(shard, row), "d", new string('x', 100 * shard));
        }

        if (fails)
        {
            throw new InvalidOperationException("stopped");
        }
    }

    private static SortedDictionary<string, string> Files(string folder)
        => new(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != StageCost.FileName)
            .ToDictionary(f => Path.GetRelativePath(folder, f), f => Convert.ToHexString(File.ReadAllBytes(f))), StringComparer.Ordinal);
}
