using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Llama: rotary positions, RMS norms, gated feed-forward parts, grouped-query attention. Most families since differ from it in little.</summary>
internal static class Llama
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        LayerWindows.CheckUniform(config);
        var attention = AttentionDesign.FromConfig(config);
        var layer = new LayerDesign(
            Rms(config, 1e-6),
            attention with { Rotary = RotarySettings.Read(config, attention.HeadSize, new()) },
            FeedForwardDesign.FromConfig(config) with { HasBias = config.Flag("mlp_bias", false) });
        return DecoderDesign.FromLayers(config, _ => layer);
    }

    /// <summary>RMS norms with the config's <c>rms_norm_eps</c>.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="epsilon">Where it has none.</param>
    public static NormDesign Rms(ModelConfig config, double epsilon) => new(NormKind.Rms, config.Real("rms_norm_eps", epsilon));
}
