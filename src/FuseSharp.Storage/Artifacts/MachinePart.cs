using System.Globalization;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Artifacts;

/// <summary>The share of a stage's shards that one of several machines makes: every <see cref="Count"/>-th, starting with <see cref="Index"/>.</summary>
/// <remarks>A shard belongs to a part by its number alone, so that machines need not agree on anything else.</remarks>
/// <param name="Index">0-based, less than <see cref="Count"/>: a Slurm array of <c>0-7</c> or a Kubernetes completion index counts so.</param>
/// <param name="Count">Machines, 1–99,999.</param>
public readonly record struct MachinePart(int Index, int Count)
{
    private const string Prefix = "part-";

    /// <summary>All shards: one machine.</summary>
    public static MachinePart Whole { get; } = new(0, 1);

    /// <summary>Name of the part's folder in the stage's output: <c>part-00002-of-00008</c>.</summary>
    public string FolderName => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Index:D5}-of-{Count:D5}");

    /// <summary>Whether a shard is made here.</summary>
    /// <param name="shard">0-based number of the shard.</param>
    public bool Owns(int shard) => shard % Count == Index;

    /// <summary>Reads <c>2/8</c>: the third of eight parts.</summary>
    /// <exception cref="UsageException">It is not that.</exception>
    public static MachinePart Parse(string text)
        => text.Split('/') is [var index, var count]
            && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int i)
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int n)
            && n is > 0 and < 100_000 && i < n
                ? new MachinePart(i, n)
                : throw new UsageException($"'{text}' is not a part. Expected i/n with 0 ≤ i < n, such as 0/8 for the first of eight.");

    /// <summary>Reads a folder's name; null where it names no part.</summary>
    internal static MachinePart? OfFolderName(string name)
        => name.StartsWith(Prefix, StringComparison.Ordinal) && name[Prefix.Length..].Split("-of-") is [var index, var count]
            && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int i)
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int n)
            && i < n && new MachinePart(i, n).FolderName == name
                ? new MachinePart(i, n)
                : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
