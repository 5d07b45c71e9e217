using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>SmolLM3: Llama with some layers, as a rule every fourth, without positions; where windows are switched on, these have them.</summary>
internal static class SmolLm3
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var attention = AttentionDesign.FromConfig(config);
        var rotary = RotarySettings.Read(config, attention.HeadSize, new(2e6));
        var layer = new LayerDesign(Llama.Rms(config, 1e-6), attention, FeedForwardDesign.FromConfig(config) with { HasBias = config.Flag("mlp_bias", false) });
        int layers = config.LayerCount("num_hidden_layers");
        int interval = config.Number("no_rope_layer_interval", 4);
        double[] turns = config.Keys.Reals("no_rope_layers") ?? [.. Enumerable.Range(0, layers).Select(i => (i + 1) % interval == 0 ? 0.0 : 1)];
        long?[] windows = LayerWindows.Switched(config, i => i < turns.Length && turns[i] == 0);
        return turns.Length < layers // more are not read
            ? throw config.Error(FormattableString.Invariant($"has no_rope_layers of {turns.Length} layers, expected {layers}"))
            : DecoderDesign.FromLayers(config, i => layer with { Attention = attention with { Rotary = turns[i] == 0 ? null : rotary, Window = windows[i] } });
    }
}
