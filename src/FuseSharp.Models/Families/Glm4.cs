using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>GLM-4 (0414): norms before and after both parts, neighbouring pairs of half of each head turn, one map for gate and up.</summary>
internal static class Glm4
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        LayerWindows.CheckUniform(config);
        var attention = AttentionDesign.FromConfig(config, 2) with { HasOutputBias = false };
        var layer = new LayerDesign(
            Llama.Rms(config, 1.5625e-7),
            attention with { Rotary = RotarySettings.Read(config, attention.HeadSize, new() { Share = 0.5, IsInterleaved = true }) },
            FeedForwardDesign.FromConfig(config) with { Kind = FeedForwardKind.FusedGated })
        {
            AfterAttention = "post_self_attn_layernorm",
            AfterFeedForward = "post_mlp_layernorm",
        };
        return DecoderDesign.FromLayers(config, _ => layer);
    }
}
