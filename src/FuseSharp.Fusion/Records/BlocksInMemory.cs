
namespace FuseSharp.Fusion.Records;

/// <summary>Training sequences that are held in memory.</summary>
public sealed class BlocksInMemory(IReadOnlyList<PackedBlock> blocks) : IBlockSource
{
    /// <inheritdoc/>
    public int Count => blocks.Count;

    /// <inheritdoc/>
    public PackedBlock Read(int index) => blocks[index];
}
