using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.Storage.Tests.Artifacts;

public sealed class JsonJournalTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    private string File => _folder.At("journal.jsonl");

    [Theory]
    [InlineData(0)]  // killed between two records
    [InlineData(3)]  // within the last one
    [InlineData(18)] // within the one before
    public void Open_AfterAKill_HoldsAllWholeRecordsAndGoesOnBehindThem(int cut)
    {
        using (var journal = Open())
        {
            Assert.Empty(journal.Known);
            Array.ForEach([1, 22, 333], n => journal.Add(new Entry(n)));
        }

        string whole = System.IO.File.ReadAllText(File);
        System.IO.File.WriteAllText(File, whole[..^cut]);
        using (var journal = Open())
        {
            Assert.Equal(new[] { 1, 22, 333 }[..(cut switch { 0 => 3, 3 => 2, _ => 1 })], journal.Known.Select(e => e.Number));
            Array.ForEach([22, 333], n => journal.Add(new Entry(n)));
        }

        using var last = Open();
        Assert.Equal([22, 333], last.Known.Select(e => e.Number).TakeLast(2));
    }

    [Fact]
    public void Open_OfOtherSettings_IsRefused()
    {
        Open().Dispose();

        Assert.Contains("was begun with another model, other data or other settings", Assert.Throws<UsageException>(() => Open("other")).Message, StringComparison.Ordinal);
        using var again = Open(); // the refusal let go of the file
    }

    [Fact]
    public void Open_Damaged_SaysWhatToDo()
    {
        System.IO.File.WriteAllText(File, "key\nnonsense\n");

        Assert.Contains("is damaged", Assert.Throws<UsageException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Remove_LeavesNothing()
    {
        Open().Remove();

        Assert.False(System.IO.File.Exists(File));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private JsonJournal<Entry> Open(string key = "key") => new(File, key, ArtifactJson.Line);

    private sealed record Entry(int Number);
}
