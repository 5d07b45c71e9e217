using FuseSharp.Errors;
using FuseSharp.Models.Configuration;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>The activations of feed-forward parts, by Hugging Face's names.</summary>
internal static class Activation
{
    /// <summary>The activation that a config names.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="key">Where it stands.</param>
    /// <param name="otherwise">The family's default.</param>
    /// <exception cref="ModelException">The name is unknown.</exception>
    public static Func<Tensor, Tensor> FromConfig(ModelConfig config, string key, string otherwise)
        => config.Text(key, otherwise) switch
        {
            "silu" or "swish" => x => nn.functional.silu(x),
            "relu" => x => nn.functional.relu(x),
            "gelu" => x => nn.functional.gelu(x),
            "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh" => x => nn.functional.gelu(x, GELU.Approximate.tanh),
            var other => throw config.Error($"has '{key}' \"{other}\", known are silu, relu, gelu, gelu_new"),
        };
}
