namespace FuseSharp.Core.Artifacts;

/// <summary>How the buffers of a shard are compressed; every Arrow reader undoes it.</summary>
public enum ShardCompression
{
    /// <summary>Not at all: fastest, and shards can be memory-mapped.</summary>
    None,

    /// <summary>LZ4 frames: fast, saves little.</summary>
    Lz4,

    /// <summary>Zstandard: saves most.</summary>
    Zstd,
}
