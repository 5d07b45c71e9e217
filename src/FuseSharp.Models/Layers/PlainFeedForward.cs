using FuseSharp.Models.Decoding;
using FuseSharp.Models.Families;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>down(activation(up x)).</summary>
internal sealed class PlainFeedForward : FeedForward
{
    private readonly Projection c_fc;
    private readonly Projection c_proj;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly ActivationKind _kind;

    public PlainFeedForward(FeedForwardDesign design, ScalarType type)
    {
        c_fc = new Projection(design.Hidden, design.Width, design.HasBias, type);
        c_proj = new Projection(design.Width, design.Hidden, design.HasBias, type);
        _activation = Activation.Create(design.Activation);
        _kind = design.Activation;
        RegisterComponents();
    }

    public override Tensor Forward(Tensor states) => c_proj.Forward(_activation(c_fc.Forward(states)));

    public override FeedForwardRows? Rows()
        => _kind != ActivationKind.Gelu && (c_fc.Rows(), c_proj.Rows()) is ({ } up, { } down) ? new PlainRows(up, down, _kind) : null;
}
