using FuseSharp.Errors;
using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Hugging Face's names of activations.</summary>
internal static class ActivationNames
{
    /// <summary>The activation that a config names.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="key">Where it stands.</param>
    /// <param name="otherwise">The family's default.</param>
    /// <exception cref="ModelException">The name is unknown.</exception>
    public static ActivationKind Read(ModelConfig config, string key, string otherwise)
        => config.Text(key, otherwise) switch
        {
            "silu" or "swish" => ActivationKind.Silu,
            "relu" => ActivationKind.Relu,
            "gelu" => ActivationKind.Gelu,
            "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh" => ActivationKind.TanhGelu,
            var other => throw config.Error($"has '{key}' \"{other}\", known are silu, relu, gelu, gelu_new"),
        };
}
