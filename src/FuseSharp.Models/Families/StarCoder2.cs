using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>StarCoder2: layer norms, biases everywhere, a feed-forward part without a gate, a window in every layer where the config names one.</summary>
internal static class StarCoder2
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        bool hasBias = config.Flag("use_bias", true);
        var attention = AttentionDesign.FromConfig(config, 2) with { HasQueryBias = hasBias, HasOutputBias = hasBias, Window = LayerWindows.Uniform(config, null) };
        var layer = new LayerDesign(
            new(NormKind.Layer, config.Real("norm_epsilon", 1e-5)),
            attention with { Rotary = RotarySettings.Read(config, attention.HeadSize, new()) },
            FeedForwardDesign.FromConfig(config, "gelu_pytorch_tanh") with { Kind = FeedForwardKind.Plain, HasBias = hasBias });
        return DecoderDesign.FromLayers(config, _ => layer);
    }
}
