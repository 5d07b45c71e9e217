namespace FuseSharp.Storage.Artifacts;

/// <summary>Counts and sums over the rows of a shard, taken while it is written.</summary>
public sealed class ShardTally
{
    /// <summary>Sums by name.</summary>
    public SortedDictionary<string, double> Figures { get; } = new(StringComparer.Ordinal);

    /// <summary>Documents that the shard lacks, with the reasons.</summary>
    public List<LeftOutDocument> LeftOut { get; } = [];

    /// <summary>Adds to a sum.</summary>
    /// <param name="name">Of the sum.</param>
    /// <param name="value">What is added.</param>
    public void Add(string name, double value) => Figures[name] = Figures.GetValueOrDefault(name) + value;
}
