using FuseSharp.Models.Decoding;
using FuseSharp.Models.Families;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>down(activation(gate x) · up x) with gate and up in one map, gate's rows first.</summary>
internal sealed class FusedFeedForward : FeedForward
{
    private readonly Projection gate_up_proj;
    private readonly Projection down_proj;
    private readonly GatedActivation _activation;
    private readonly ActivationKind _kind;

    public FusedFeedForward(FeedForwardDesign design, ScalarType type)
    {
        gate_up_proj = new Projection(design.Hidden, 2L * design.Width, design.HasBias, type);
        down_proj = new Projection(design.Width, design.Hidden, design.HasBias, type);
        _activation = new GatedActivation(design.Activation);
        _kind = design.Activation;
        RegisterComponents();
    }

    public override Tensor Forward(Tensor states)
    {
        var halves = gate_up_proj.Forward(states).chunk(2, -1);
        return down_proj.Forward(_activation.Forward(halves[0], halves[1]));
    }

    public override FeedForwardRows? Rows()
        => _kind != ActivationKind.Gelu && (gate_up_proj.Rows(), down_proj.Rows()) is ({ } both, { } down) ? new FusedGatedRows(both, down, _kind) : null;
}
