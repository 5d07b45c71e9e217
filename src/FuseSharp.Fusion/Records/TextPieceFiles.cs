using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;


namespace FuseSharp.Fusion.Records;

/// <summary>Reads one split of the split stage's finished output.</summary>
public sealed class TextPieceFiles
{
    private readonly Store _store;
    private readonly List<(ShardEntry Shard, int First)> _shards = [];
    private readonly HashSet<string> _conversations;

    /// <summary>Opens it; reads no shard.</summary>
    /// <param name="folder">Output of split, of one machine or all parts of several.</param>
    /// <param name="split">Which texts.</param>
    public TextPieceFiles(string folder, DataSplit split)
    {
        _store = Store.Open(folder);
        if (_store.Manifest.Stage != "split")
        {
            throw new ArtifactException($"'{folder}' is the output of '{_store.Manifest.Stage}'. Name the output of split.");
        }

        _conversations = [.. ConversationReading.Read(_store.Manifest)?.Domains ?? []];
        string name = NameOf(split);
        foreach (var shard in _store.Shards.Where(s => s.Name.StartsWith(name + "/", StringComparison.Ordinal)))
        {
            _shards.Add((shard, Count));
            Count += Manifest.CountIn(shard.Figures, $"{name}.pieces", int.MaxValue - Count, $"The entry of '{shard.Name}'");
        }
    }

    /// <summary>Pieces in all.</summary>
    public int Count { get; }

    /// <summary>Shards in all.</summary>
    public int Shards => _shards.Count;

    /// <summary>What a split is called in folders and figures.</summary>
    public static string NameOf(DataSplit split) => split.ToString().ToLowerInvariant();

    /// <summary>Pieces of one shard.</summary>
    public int CountOf(int shard) => (shard + 1 < _shards.Count ? _shards[shard + 1].First : Count) - _shards[shard].First;

    /// <summary>All pieces; one row group is in memory at a time.</summary>
    public IEnumerable<TextPiece> Read() => Enumerable.Range(0, _shards.Count).SelectMany(Read);

    /// <summary>The pieces of one shard.</summary>
    /// <param name="shard">0-based.</param>
    public IEnumerable<TextPiece> Read(int shard)
    {
        (PieceId Id, string Domain, string Text)? held = null;
        foreach (var row in _store.Read(_shards[shard].Shard, TextTable.Read))
        {
            if (held is { } before)
            {
                yield return Piece(before, endsDocument: before.Id.Document != row.Id.Document);
            }

            held = row;
        }

        if (held is { } last)
        {
            yield return Piece(last, endsDocument: true); // a shard holds whole documents
        }
    }

    private TextPiece Piece((PieceId Id, string Domain, string Text) row, bool endsDocument)
    {
        try
        {
            return new(row.Id, endsDocument, row.Domain, row.Text, _conversations.Contains(row.Domain) ? Conversation.FromJson(row.Text) : null);
        }
        catch (JsonException fault)
        {
            throw new ArtifactException($"Document {row.Id} of '{_store.Folder}' is no conversation: {LibraryErrors.OneLine(fault)} Run 'split' again.", fault);
        }
    }
}
