using FuseSharp.Models.Families;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>A norm of the last dimension.</summary>
internal abstract class Norm() : nn.Module("norm")
{
    /// <summary>Makes the norm of a design.</summary>
    /// <param name="design">How.</param>
    /// <param name="size">Width of the states.</param>
    /// <param name="type">Working type.</param>
    public static Norm Create(NormDesign design, long size, ScalarType type) => design.Kind switch
    {
        NormKind.Rms => new RmsNorm(size, design.Epsilon, type),
        NormKind.OffsetRms => new OffsetRmsNorm(size, design.Epsilon, type),
        _ => new LayerNormalization(size, design.Epsilon, design.Kind == NormKind.Layer, type),
    };

    /// <param name="states">[…, size].</param>
    public abstract Tensor Forward(Tensor states);
}
