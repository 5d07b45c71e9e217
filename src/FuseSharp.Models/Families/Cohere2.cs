using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Cohere 2 (Command R7B, A): attention and feed-forward part side by side behind one layer norm; three layers with a window and positions to one without either.</summary>
internal static class Cohere2
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        if (config.Flag("use_qk_norm", false))
        {
            throw config.Error("asks for use_qk_norm, which Cohere 2 has not");
        }

        int pattern = config.Number("sliding_window_pattern", 4);
        long?[] windows = LayerWindows.FromConfig(config, i => (i + 1) % pattern != 0, () => config.Json.ContainsKey("sliding_window") ? LayerWindows.Needed(config) : 4096);
        var attention = AttentionDesign.FromConfig(config);
        var rotary = RotarySettings.Read(config, attention.HeadSize, new() { IsInterleaved = true });
        var layer = new LayerDesign(new(NormKind.LayerWithoutBias, config.Real("layer_norm_eps", 1e-5)), attention, FeedForwardDesign.FromConfig(config))
        {
            IsParallel = true,
            BeforeFeedForward = null,
        };
        var design = DecoderDesign.FromLayers(config, i => layer with { Attention = attention with { Window = windows[i], Rotary = windows[i] is null ? null : rotary } });
        return design with { LogitScale = config.Real("logit_scale", 0.0625) };
    }
}
