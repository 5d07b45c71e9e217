using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Gemma 3, its text model: Gemma 2 with norms of queries and keys in the place of caps, five layers with a window to one without, each kind with a rotary base of its own.</summary>
internal static class Gemma3
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var layer = Gemma2.Layer(config);
        int pattern = config.Number("sliding_window_pattern", 6);
        long?[] windows = LayerWindows.FromConfig(config, i => (i + 1) % pattern != 0, () => LayerWindows.Needed(config));
        var full = layer.Attention with
        {
            HeadNorm = new(HeadNormKind.Shared, layer.Norm),
            ScoreCap = Gemma2.Cap(config, "attn_logit_softcapping", null),
            Rotary = RotarySettings.Read(config, layer.Attention.HeadSize, new(1e6) { LayerKind = "full_attention" }),
        };
        var local = new RotaryDefaults { LayerKind = "sliding_attention", ThetaKey = "rope_local_base_freq", HasScaling = false };
        var sliding = full with { Rotary = RotarySettings.Read(config, layer.Attention.HeadSize, local) };
        return Gemma2.Scaled(config, DecoderDesign.FromLayers(config, i => layer with { Attention = windows[i] is null ? full : sliding with { Window = windows[i] } })) with { LogitCap = Gemma2.Cap(config, "final_logit_softcapping", null) };
    }
}
