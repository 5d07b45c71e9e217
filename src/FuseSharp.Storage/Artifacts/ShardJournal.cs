using System.Globalization;
using System.Text;
using System.Text.Json;
using Apache.Arrow;
using FuseSharp.Files;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Storage.Artifacts;

/// <summary>The shards of a stage's output while it is made: which are complete, and how one more is written.</summary>
/// <remarks>
/// A shard is complete when the journal, <c>shards.jsonl</c>, has its line: the line is written after the file has its name and both are on disk.
/// What a killed process leaves is a journal whose last line may be torn and a file that no line names; both are dropped, and the shard is made again.
/// Of several ranks each has a journal of its own, <c>shards.3.jsonl</c>; when work begins, rank 0 has put them into one.
/// </remarks>
public sealed class ShardJournal
{
    /// <summary>Name of the journal in the unfinished folder.</summary>
    internal const string JournalFile = "shards.jsonl";

    private const string JournalPattern = "shards*.jsonl";

    // Small enough that the rows on their way into a file stay in tens of megabytes.
    private const int RowsPerBatch = 50;

    // Large enough that the dictionaries of the columns, one for each row group, do not count.
    private const int RowsPerGroup = 500;

    private readonly string _folder;
    private readonly StageOutput _output;
    private readonly IProcessGroup _ranks;
    private readonly SortedDictionary<string, ShardEntry> _complete = new(Shards.NameOrder);

    internal ShardJournal(string folder, StageOutput output, IProcessGroup ranks)
    {
        _folder = folder;
        _output = output;
        _ranks = ranks;
        ReadJournal(JournalFile);
        if (ranks.Rank == 0)
        {
            TakeInOtherRanks();
        }
    }

    /// <summary>What is complete, in order.</summary>
    internal IReadOnlyCollection<ShardEntry> Complete => _complete.Values;

    /// <summary>Where the unfinished output lies.</summary>
    public string Folder => _folder;

    /// <summary>Whether a document that cannot be used is left out and listed.</summary>
    public bool SkipsBadDocuments => _output.SkipsBadDocuments;

    /// <summary>Whether a shard is this process's to make and not there yet.</summary>
    public bool Needs(string name)
        => Shards.NumberOf(name) is var number && _output.Part.Owns(number)
            && number / _output.Part.Count % _ranks.Count == _ranks.Rank && !_complete.ContainsKey(name);

    /// <summary>The figures of a complete shard; null where it is not complete.</summary>
    internal ShardEntry? EntryOf(string name) => _complete.GetValueOrDefault(name);

    /// <summary>Writes a shard.</summary>
    /// <param name="name">By <see cref="Shards.NameOf"/>.</param>
    /// <param name="schema">Of its rows.</param>
    /// <param name="rows">Drawn while it is written, a batch at a time.</param>
    /// <param name="toBatch">Puts rows into columns.</param>
    /// <param name="tally">What <paramref name="rows"/> counts while it is drawn.</param>
    /// <param name="rowsPerGroup">Rows of a row group, which is what a reader has in memory at a time.</param>
    public void Write<T>(string name, Schema schema, IEnumerable<T> rows, Func<IReadOnlyList<T>, RecordBatch> toBatch, ShardTally tally, int rowsPerGroup = RowsPerGroup)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var writer = new ShardWriter(path, schema, _output.Compression, rowsPerGroup);
        foreach (var chunk in rows.Chunk(Math.Min(RowsPerBatch, rowsPerGroup)))
        {
            using var batch = toBatch(chunk);
            writer.Write(batch);
        }

        var (bytes, sha256) = writer.Complete();
        var entry = new ShardEntry(name, bytes, sha256, tally.Figures, tally.LeftOut);
        using var journal = new FileStream(Path.Combine(_folder, OwnJournal), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        journal.Write(Encoding.UTF8.GetBytes(Line(entry)));
        journal.Flush(flushToDisk: true);
        _complete[name] = entry;
    }

    /// <summary>Puts the journals of other ranks into the one of rank 0; none of them may be writing.</summary>
    internal void TakeInOtherRanks()
    {
        string[] others = [.. Directory.EnumerateFiles(_folder, JournalPattern).Select(Path.GetFileName).OfType<string>().Where(n => n != JournalFile)];
        foreach (string name in others)
        {
            ReadJournal(name);
        }

        Durable.WriteText(Path.Combine(_folder, JournalFile), string.Concat(_complete.Values.Select(Line)));
        foreach (string name in others)
        {
            File.Delete(Path.Combine(_folder, name));
        }
    }

    /// <summary>The journal of some shards.</summary>
    internal static string Journal(IEnumerable<ShardEntry> shards) => string.Concat(shards.Select(Line));

    private string OwnJournal => _ranks.Rank == 0 ? JournalFile : string.Create(CultureInfo.InvariantCulture, $"shards.{_ranks.Rank}.jsonl");

    private void ReadJournal(string name)
    {
        string path = Path.Combine(_folder, name);
        if (!File.Exists(path))
        {
            return;
        }

        // Rank 0 may be adding to its journal while the others read what was there before.
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line)
        {
            if (Parse(line) is { } entry && ManifestErrors.Find(entry) is null && IsThere(entry))
            {
                _complete[entry.Name] = entry;
            }
        }
    }

    private static string Line(ShardEntry entry) => JsonSerializer.Serialize(entry, ArtifactJson.Line) + "\n";

    private static ShardEntry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<ShardEntry>(line, ArtifactJson.Line);
        }
        catch (JsonException)
        {
            return null; // torn, or changed: the process was killed while writing it
        }
    }

    private bool IsThere(ShardEntry entry)
        => new FileInfo(Path.Combine(_folder, entry.Name)) is { Exists: true } file && file.Length == entry.Bytes
            && (!_output.Repairs || Store.ErrorOf(file.FullName, entry) is null);
}
