using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>OLMo 2: norms behind attention and the feed-forward part instead of before them, and of queries and keys over all heads together.</summary>
internal static class Olmo2
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        LayerWindows.CheckUniform(config);
        var layer = Layer(config);
        var attention = layer.Attention with { Rotary = RotarySettings.Read(config, layer.Attention.HeadSize, new()) };
        return DecoderDesign.FromLayers(config, _ => layer with { Attention = attention });
    }

    /// <summary>What OLMo 2 and 3 share, without positions.</summary>
    /// <param name="config">Whose.</param>
    public static LayerDesign Layer(ModelConfig config)
    {
        var norm = Llama.Rms(config, 1e-5);
        return new LayerDesign(norm, AttentionDesign.FromConfig(config) with { HeadNorm = new(HeadNormKind.Whole, norm) }, FeedForwardDesign.FromConfig(config))
        {
            BeforeAttention = null,
            AfterAttention = "post_attention_layernorm",
            BeforeFeedForward = null,
            AfterFeedForward = "post_feedforward_layernorm",
        };
    }
}
