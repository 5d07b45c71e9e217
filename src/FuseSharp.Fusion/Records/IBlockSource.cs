
namespace FuseSharp.Fusion.Records;

/// <summary>Training sequences by number, from memory or from disk.</summary>
public interface IBlockSource
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>Names of the models whose rows the blocks hold, in their order, the target first; empty for plain texts.</summary>
    IReadOnlyList<string> Teachers { get; }

    /// <summary>One of them.</summary>
    /// <param name="index">0-based, less than <see cref="Count"/>.</param>
    PackedBlock Read(int index);
}
