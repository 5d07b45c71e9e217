using FuseSharp.Models.Families;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>The activations of feed-forward parts as functions.</summary>
internal static class Activation
{
    /// <summary>The function of a kind.</summary>
    public static Func<Tensor, Tensor> Create(ActivationKind kind) => kind switch
    {
        ActivationKind.Silu => x => nn.functional.silu(x),
        ActivationKind.Relu => x => nn.functional.relu(x),
        ActivationKind.Gelu => x => nn.functional.gelu(x),
        _ => x => nn.functional.gelu(x, GELU.Approximate.tanh),
    };
}
