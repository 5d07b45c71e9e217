using System.ComponentModel.DataAnnotations;

namespace FuseSharp.Core.Recipes;

/// <summary>How texts are cut to fit every model, and how much of them is used.</summary>
public sealed record SplitOptions
{
    /// <summary>Longest sequence of every later stage, tokens; pieces keep 48 below it in every tokenizer. The published run: 2048.</summary>
    [Range(64, 1 << 20)] public int MaxLength { get; init; } = 2048;

    /// <summary>Bytes of training text taken of each domain, whole documents in the order of their hashes; 0 takes all.</summary>
    [Range(0, long.MaxValue)] public long TrainBytesPerDomain { get; init; }

    /// <summary>Bytes of test text taken of each domain, likewise; 0 takes all.</summary>
    [Range(0, long.MaxValue)] public long TestBytesPerDomain { get; init; }

    /// <summary>Documents of a shard. Fewer make more and smaller files: less is done again after a crash, and more machines can share the work.</summary>
    [Range(1, 1_000_000)] public int DocumentsPerShard { get; init; } = 1000;
}
