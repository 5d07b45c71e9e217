using FuseSharp.Models.Families;
using FuseSharp.Models.Kernels;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>activation(gate) · up of gated feed-forward parts and experts.</summary>
/// <param name="kind">The activation.</param>
internal sealed class GatedActivation(ActivationKind kind)
{
    private readonly Func<Tensor, Tensor> _activation = Activation.Create(kind);
    private readonly bool _isSilu = kind == ActivationKind.Silu;

    /// <summary>Both of one shape → the same.</summary>
    public Tensor Forward(Tensor gate, Tensor up)
        => _isSilu && KernelRows.Fit(gate) ? GatedActivationFunction.Run(gate, up) : _activation(gate) * up;
}
