using FuseSharp.Models.Configuration;
using FuseSharp.Models.Kernels;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>activation(gate) · up of the Llama line's feed-forward parts and experts.</summary>
internal sealed class GatedActivation(ModelConfig config)
{
    private readonly Func<Tensor, Tensor> _activation = Activation.FromConfig(config, "hidden_act", "silu");
    private readonly bool _isSilu = config.Text("hidden_act", "silu") is "silu" or "swish";

    /// <summary>Both of one shape → the same.</summary>
    public Tensor Forward(Tensor gate, Tensor up)
        => _isSilu && KernelRows.Fit(gate) ? GatedActivationFunction.Run(gate, up) : _activation(gate) * up;
}
