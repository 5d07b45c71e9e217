using FuseSharp.Models.Decoding;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>Layer norm (Ba et al. 2016), with or without a bias.</summary>
internal sealed class LayerNormalization : Norm
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly double _epsilon;

    /// <param name="size">Width of the states.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="hasBias">Whether a bias is added.</param>
    /// <param name="type">Working type.</param>
    public LayerNormalization(long size, double epsilon, bool hasBias, ScalarType type)
    {
        weight = nn.Parameter(empty(size, dtype: type));
        bias = hasBias ? nn.Parameter(empty(size, dtype: type)) : null;
        _epsilon = epsilon;
        RegisterComponents();
    }

    public override Tensor Forward(Tensor states) => nn.functional.layer_norm(states, [weight.shape[0]], weight, bias!, _epsilon);

    public override RowNorm Rows() => new(NumbersOf(weight), bias is null ? null : NumbersOf(bias), _epsilon, centers: true);
}
