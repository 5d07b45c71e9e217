using FuseSharp.Models.Decoding;
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

    /// <summary>The same on rows, with the weights as they are now; null where it has more than one.</summary>
    public virtual RowNorm? Rows() => null;

    private protected static float[] NumbersOf(Tensor weight)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return weight.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }
}
