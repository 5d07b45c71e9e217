namespace FuseSharp.Fusion.Records;

/// <summary>Training sequences that are held in memory.</summary>
/// <param name="blocks">The sequences.</param>
/// <param name="teachers">Names of the models whose rows they hold, the target first; none for plain texts.</param>
public sealed class BlocksInMemory(IReadOnlyList<PackedBlock> blocks, params IReadOnlyList<string> teachers) : IBlockSource
{
    /// <inheritdoc/>
    public int Count => blocks.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> Teachers => teachers;

    /// <inheritdoc/>
    public bool KeepDocumentsApart { get; init; }

    /// <inheritdoc/>
    public PackedBlock Read(int index) => blocks[index];
}
