using FuseSharp.Fusion.Records;


namespace FuseSharp.Fusion.Fuse;

/// <summary>Decides what the models together say of a block's positions.</summary>
public interface IFusionRule
{
    /// <summary>The fused distribution at every position of a block.</summary>
    /// <param name="block">A block with the rows of at least one model.</param>
    /// <param name="probabilitiesOf">Turns a row's log weights into probabilities.</param>
    FusedDistributions Fuse(PackedBlock block, RowProbabilities probabilitiesOf);
}
