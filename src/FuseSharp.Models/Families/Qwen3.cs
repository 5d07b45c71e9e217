using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Qwen3: Llama with a norm of each query's and key's head. Windows as Qwen2 has them.</summary>
internal static class Qwen3
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var layer = Layer(config, headSize: config.Json.ContainsKey("head_dim") ? null : 128);
        long?[] windows = LayerWindows.Qwen(config);
        return DecoderDesign.FromLayers(config, i => layer with { Attention = layer.Attention with { Window = windows[i] } });
    }

    /// <summary>A layer of the dense model, without its window.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="headSize">Where it has no <c>head_dim</c>; null for an even share of the states.</param>
    public static LayerDesign Layer(ModelConfig config, int? headSize = null)
    {
        var norm = Llama.Rms(config, 1e-6);
        var attention = AttentionDesign.FromConfig(config, headSize: headSize) with { HeadNorm = new(HeadNormKind.Shared, norm) };
        return new LayerDesign(norm, attention with { Rotary = RotarySettings.Read(config, attention.HeadSize, new()) }, FeedForwardDesign.FromConfig(config));
    }
}
