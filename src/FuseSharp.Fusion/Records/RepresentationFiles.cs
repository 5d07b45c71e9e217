using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Fusion.Records;

/// <summary>Reads the finished output of the represent stage.</summary>
public sealed class RepresentationFiles
{
    private readonly RepresentationTable _table;

    /// <summary>Opens it; reads no shard.</summary>
    /// <param name="folder">A model's output, of one machine or all parts of several.</param>
    public RepresentationFiles(string folder)
    {
        Store = Store.Open(folder);
        if (Store.Manifest.Stage != "represent")
        {
            throw new ArtifactException($"'{folder}' is the output of '{Store.Manifest.Stage}'. Name the output of represent.");
        }

        _table = new RepresentationTable(Store.Manifest.Count("k"), Store.Manifest.Count("vocabulary"));
    }

    /// <summary>The shards.</summary>
    public Store Store { get; }

    /// <summary>All pieces, in order; one row group is in memory at a time.</summary>
    /// <param name="folder">A model's folder.</param>
    public static IEnumerable<Representation> Read(string folder)
    {
        var files = new RepresentationFiles(folder);
        return files.Store.Shards.SelectMany(files.Read);
    }

    /// <summary>The pieces of one shard, once its checksum has been found right.</summary>
    public IEnumerable<Representation> Read(ShardEntry shard) => Store.Read(shard, _table.Of);

    /// <summary>What the pieces of one shard cost; reads no candidates.</summary>
    internal IEnumerable<PieceCost> ReadCosts(ShardEntry shard)
        => Store.Read(shard, RepresentationTable.CostOf, "document", "piece", "nats", "token_bytes", "long_token_bytes");
}
