using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Mixtral: Mistral with experts in the place of every feed-forward part, and no window unless the config names one.</summary>
internal static class Mixtral
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var attention = AttentionDesign.FromConfig(config, 8) with { HasQueryBias = false, HasOutputBias = false, Window = LayerWindows.Uniform(config, null) };
        var feedForward = FeedForwardDesign.FromConfig(config);
        var experts = ExpertsDesign.FromConfig(config, feedForward.Width, (8, 2), "num_local_experts") with { Name = "block_sparse_moe", Maps = ("w1", "w3", "w2"), IsNormalized = true };
        var layer = new LayerDesign(
            Llama.Rms(config, 1e-5), attention with { Rotary = RotarySettings.Read(config, attention.HeadSize, new(1e6)) }, feedForward with { Experts = experts });
        return DecoderDesign.FromLayers(config, _ => layer);
    }
}
