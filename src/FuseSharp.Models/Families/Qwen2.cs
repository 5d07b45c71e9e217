using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Qwen2: Llama with biases of queries, keys and values, whatever the config says, and with a sliding window in the later layers where it is switched on.</summary>
internal static class Qwen2
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var attention = AttentionDesign.FromConfig(config) with { HasQueryBias = true, HasOutputBias = false };
        attention = attention with { Rotary = RotarySettings.Read(config, attention.HeadSize, new()) };
        var layer = new LayerDesign(Llama.Rms(config, 1e-6), attention, FeedForwardDesign.FromConfig(config));
        long?[] windows = LayerWindows.Qwen(config);
        return DecoderDesign.FromLayers(config, i => layer with { Attention = attention with { Window = windows[i] } });
    }
}
