using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>OLMo 3: OLMo 2 with three layers with a window to one without; only the latter's positions are scaled.</summary>
internal static class Olmo3
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var layer = Olmo2.Layer(config);
        long?[] windows = LayerWindows.FromConfig(config, i => (i + 1) % 4 != 0, () => LayerWindows.Needed(config));
        double theta = config.Keys.Has("rope_parameters") ? 500_000 : 10_000; // transformers 4 has another default
        RotaryPositions Rotary(string kind, bool hasScaling)
            => RotarySettings.Read(config, layer.Attention.HeadSize, new(theta) { LayerKind = kind, HasScaling = hasScaling });
        var full = layer.Attention with { Rotary = Rotary("full_attention", true) };
        var sliding = layer.Attention with { Rotary = Rotary("sliding_attention", false) };
        return DecoderDesign.FromLayers(config, i => layer with { Attention = windows[i] is null ? full : sliding with { Window = windows[i] } });
    }
}
