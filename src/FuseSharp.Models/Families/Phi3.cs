using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Phi-3 and Phi-4: one map for queries, keys and values, one for gate and up; a part of each head may turn, with LongRoPE.</summary>
internal static class Phi3
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var attention = AttentionDesign.FromConfig(config) with { IsFused = true, HasQueryBias = false, HasOutputBias = false, Window = LayerWindows.Uniform(config, null) };
        var layer = new LayerDesign(
            Llama.Rms(config, 1e-5),
            attention with { Rotary = RotarySettings.Read(config, attention.HeadSize, new() { Share = 1, IsPhi = true, TrainedLength = 4096 }) },
            FeedForwardDesign.FromConfig(config) with { Kind = FeedForwardKind.FusedGated });
        return DecoderDesign.FromLayers(config, _ => layer);
    }
}
