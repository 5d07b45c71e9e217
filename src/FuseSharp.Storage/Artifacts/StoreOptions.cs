
namespace FuseSharp.Storage.Artifacts;

/// <summary>How the data stages (split, represent, align, pack) write their shards.</summary>
public sealed record StoreOptions
{
    /// <summary>Compression of the shards: none, lz4 or zstd. zstd is smallest, none is fastest.</summary>
    public ShardCompression Compression { get; init; }

    /// <summary>Whether documents that cannot be read, or for which a model gives NaN, are left out for all models alike and listed, instead of ending the run.</summary>
    public bool SkipBadDocuments { get; init; }
}
