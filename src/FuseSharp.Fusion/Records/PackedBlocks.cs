using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Fusion.Records;

/// <summary>Reads the packed blocks of a folder by number; a block at a time is in memory.</summary>
public sealed class PackedBlocks : IBlockSource, IDisposable
{
    /// <summary>The option of a manifest that says what a token sees; only where it is not all of its block, as it always was: what was packed before stays of use.</summary>
    internal const string AttentionOption = "attention";

    private const int MostModels = 1000;

    private readonly List<(ShardReader Reader, int First, ShardEntry Entry)> _shards = [];
    private readonly HashSet<ShardEntry> _checked = [];
    private readonly Store _store;
    private readonly PackedTable _table;

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">Output of the pack stage.</param>
    /// <exception cref="ArtifactException">It is missing, unfinished or damaged.</exception>
    public PackedBlocks(string folder)
    {
        _store = Store.Open(folder);
        Teachers = NamesIn(folder, Manifest);
        _table = new PackedTable(Teachers.Count, Manifest.Count("vocabulary"), AlignedFiles.UnitOf(Manifest), RepresentedConversations.Read(Manifest) is not null);
        foreach (var entry in _store.Shards)
        {
            var reader = new ShardReader(_store.PathOf(entry));
            _shards.Add((reader, Count, entry));
            Count += reader.Count;
        }

        if (Count != Manifest.Count("blocks"))
        {
            throw new ArtifactException($"'{folder}' holds {Count:N0} blocks, its manifest says {Manifest.Count("blocks"):N0}. Delete it and run 'pack' again.");
        }
    }

    /// <summary>What the folder was made from.</summary>
    public Manifest Manifest => _store.Manifest;

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Teachers { get; }

    /// <inheritdoc/>
    public bool KeepDocumentsApart => Manifest.Options.TryGetProperty(AttentionOption, out _);

    /// <inheritdoc/>
    public PackedBlock Read(int index)
    {
        var (reader, first, entry) = _shards.FindLast(s => s.First <= index);
        if (_checked.Add(entry))
        {
            _store.Check(entry); // when it is first read, not all of them before the first step
        }

        return reader.Guarded(() => reader.Read(index - first).Select(batch => _table.Of(batch, 0)).First());
    }

    private static string[] NamesIn(string folder, Manifest manifest)
    {
        string[] names = manifest.Options.TryGetProperty("models", out var models) && models.ValueKind == JsonValueKind.Array ? [.. models.EnumerateArray().Select(m => m.ToString())] : [];
        return names.Length == manifest.Count("models", MostModels) ? names
            : throw new ArtifactException($"'{folder}' does not name the models whose rows it holds: an earlier version made it. Run 'pack' again.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (reader, _, _) in _shards)
        {
            reader.Dispose();
        }
    }
}
