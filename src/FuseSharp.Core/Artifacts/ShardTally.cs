namespace FuseSharp.Core.Artifacts;

/// <summary>Counts and sums over the rows of a shard, taken while it is written.</summary>
internal sealed class ShardTally
{
    public SortedDictionary<string, double> Figures { get; } = new(StringComparer.Ordinal);

    public List<LeftOutDocument> LeftOut { get; } = [];

    public void Add(string name, double value) => Figures[name] = Figures.GetValueOrDefault(name) + value;
}
