using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Fusion.Records;

/// <summary>Reads the finished output of the align stage.</summary>
public static class AlignedFiles
{
    /// <summary>All pieces, in order; one row group is in memory at a time.</summary>
    /// <param name="folder">A source's folder.</param>
    public static IEnumerable<AlignedDocument> Read(string folder)
    {
        var store = Store.Open(folder);
        return store.Shards.SelectMany(s => Read(store, s));
    }

    /// <summary>The pieces of one shard, once its checksum has been found right.</summary>
    public static IEnumerable<AlignedDocument> Read(Store store, ShardEntry shard) => store.Read(shard, AlignedTable.Read);

    /// <summary>What the scores of an aligned or packed folder are.</summary>
    /// <param name="manifest">Of that folder.</param>
    public static ScoreUnit UnitOf(Manifest manifest)
        => manifest.Options.TryGetProperty("settings", out var settings) && settings.GetString() == "reference" ? ScoreUnit.Logit : ScoreUnit.LogProbability;
}
