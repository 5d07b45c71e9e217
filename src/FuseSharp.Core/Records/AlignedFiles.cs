using FuseSharp.Core.Artifacts;

namespace FuseSharp.Core.Records;

/// <summary>Reads the finished output of the align stage.</summary>
public static class AlignedFiles
{
    /// <summary>All documents, in order; one row group is in memory at a time.</summary>
    /// <param name="folder">A source's folder.</param>
    public static IEnumerable<AlignedDocument> Read(string folder)
    {
        var store = Store.Open(folder);
        return store.Shards.SelectMany(s => Read(store, s));
    }

    /// <summary>The documents of one shard, once its checksum has been found right.</summary>
    public static IEnumerable<AlignedDocument> Read(Store store, ShardEntry shard) => store.Read(shard, AlignedTable.Of);
}
