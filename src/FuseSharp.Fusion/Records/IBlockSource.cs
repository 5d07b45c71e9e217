
namespace FuseSharp.Fusion.Records;

/// <summary>Training sequences by number, from memory or from disk.</summary>
public interface IBlockSource
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>Names of the models whose rows the blocks hold, in their order, the target first; empty for plain texts.</summary>
    IReadOnlyList<string> Teachers { get; }

    /// <summary>Whether a token sees its own document only, as if that were alone.</summary>
    bool KeepDocumentsApart => false;

    /// <summary>One of them.</summary>
    /// <param name="index">0-based, less than <see cref="Count"/>.</param>
    PackedBlock Read(int index);
}
