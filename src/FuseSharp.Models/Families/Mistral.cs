using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Mistral: Llama with a sliding window in every layer, or in none where <c>sliding_window</c> is null. Its code has no biases, whatever the config says.</summary>
internal static class Mistral
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var attention = AttentionDesign.FromConfig(config, 8) with { HasQueryBias = false, HasOutputBias = false, Window = LayerWindows.Uniform(config, 4096) };
        var layer = new LayerDesign(
            Llama.Rms(config, 1e-6), attention with { Rotary = RotarySettings.Read(config, attention.HeadSize, new()) }, FeedForwardDesign.FromConfig(config));
        return DecoderDesign.FromLayers(config, _ => layer);
    }
}
