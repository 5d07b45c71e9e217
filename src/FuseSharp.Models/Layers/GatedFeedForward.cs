using FuseSharp.Models.Decoding;
using FuseSharp.Models.Families;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>down(activation(gate x) · up x); an expert too.</summary>
internal sealed class GatedFeedForward : FeedForward
{
    private readonly Projection _gate;
    private readonly Projection _up;
    private readonly Projection _down;
    private readonly GatedActivation _activation;
    private readonly ActivationKind _kind;

    /// <param name="design">Widths, activation, biases.</param>
    /// <param name="names">Of the maps in the checkpoint.</param>
    /// <param name="type">Working type.</param>
    public GatedFeedForward(FeedForwardDesign design, (string Gate, string Up, string Down) names, ScalarType type)
    {
        _gate = new Projection(design.Hidden, design.Width, design.HasBias, type);
        _up = new Projection(design.Hidden, design.Width, design.HasBias, type);
        _down = new Projection(design.Width, design.Hidden, design.HasBias, type);
        _activation = new GatedActivation(design.Activation);
        _kind = design.Activation;
        ModuleNames.Register(this, (names.Gate, _gate), (names.Up, _up), (names.Down, _down));
    }

    // The parts have their names already; a field's own would be a second one.
    protected override void RegisterComponents()
    {
    }

    public override Tensor Forward(Tensor states) => _down.Forward(_activation.Forward(_gate.Forward(states), _up.Forward(states)));

    public override FeedForwardRows? Rows()
        => _kind != ActivationKind.Gelu && (_gate.Rows(), _up.Rows(), _down.Rows()) is ({ } gate, { } up, { } down) ? new GatedRows(gate, up, down, _kind) : null;
}
