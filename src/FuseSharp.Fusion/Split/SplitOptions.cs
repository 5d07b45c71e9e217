using System.ComponentModel.DataAnnotations;
using FuseSharp.Options;

namespace FuseSharp.Fusion.Split;

/// <summary>How texts are cut to fit every model, and how much of them is used.</summary>
public sealed record SplitOptions : ICheckedOptions
{
    /// <summary>Longest sequence of the published FuseLLM run, tokens.</summary>
    public const int PublishedMaxLength = 2048;

    /// <summary>The shortest length that documents can be cut to, tokens.</summary>
    public const int LeastMaxLength = 64;

    /// <summary>Longest sequence of every later stage, tokens, at least 64; pieces keep 48 below it in every tokenizer. 0: 2048, the published run's, or the smallest context of the models where that is less.</summary>
    [Range(0, 1 << 20)] public int MaxLength { get; init; }

    /// <summary>Bytes of training text taken of each domain, whole documents in the order of their hashes; 0 takes all.</summary>
    [Range(0, long.MaxValue)] public long TrainBytesPerDomain { get; init; }

    /// <summary>Bytes of test text taken of each domain, likewise; 0 takes all.</summary>
    [Range(0, long.MaxValue)] public long TestBytesPerDomain { get; init; }

    /// <summary>Documents of a shard. Fewer make more and smaller files: less is done again after a crash, and more machines can share the work.</summary>
    [Range(1, 1_000_000)] public int DocumentsPerShard { get; init; } = 1000;

    /// <inheritdoc/>
    public IEnumerable<string> Conflicts(string path)
    {
        if (MaxLength is > 0 and < LeastMaxLength)
        {
            yield return FormattableString.Invariant($"'{path}max_length' is {MaxLength}, expected at least {LeastMaxLength}, or 0 for what the models can read.");
        }
    }
}
