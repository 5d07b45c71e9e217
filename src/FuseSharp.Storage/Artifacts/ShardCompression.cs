namespace FuseSharp.Storage.Artifacts;

/// <summary>How the pages of a shard are compressed; every Parquet reader undoes it.</summary>
public enum ShardCompression
{
    /// <summary>Not at all: fastest.</summary>
    None,

    /// <summary>LZ4: fast, saves little.</summary>
    Lz4,

    /// <summary>Zstandard: saves most.</summary>
    Zstd,
}
