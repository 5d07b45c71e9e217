using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>StableLM: layer norms, a quarter of each head turns; both parts may stand side by side behind one norm, and each head of queries and keys have a norm of its own.</summary>
internal static class StableLm
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        LayerWindows.CheckUniform(config);
        double epsilon = config.Real("layer_norm_eps", 1e-5);
        bool isParallel = config.Flag("use_parallel_residual", false);
        var attention = AttentionDesign.FromConfig(config, 32) with
        {
            HasQueryBias = config.Flag("use_qkv_bias", false),
            HasOutputBias = false,
            HeadNorm = config.Flag("qk_layernorm", false) ? new(HeadNormKind.Each, new(NormKind.LayerWithoutBias, epsilon), "q_layernorm", "k_layernorm") : null,
        };
        var layer = new LayerDesign(
            new(NormKind.Layer, epsilon),
            attention with { Rotary = RotarySettings.Read(config, attention.HeadSize, new() { Share = 0.25 }) },
            FeedForwardDesign.FromConfig(config))
        {
            IsParallel = isParallel,
            BeforeFeedForward = isParallel ? null : "post_attention_layernorm",
        };
        return DecoderDesign.FromLayers(config, _ => layer);
    }
}
