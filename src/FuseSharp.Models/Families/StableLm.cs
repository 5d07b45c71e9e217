using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>StableLM: layer norms, a quarter of each head turns; both parts may stand side by side behind one norm, and each head of queries and keys have a norm of its own.</summary>
internal static class StableLm
{
    private const int MostHeads = 1024; // eight times the most of a published model

    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        LayerWindows.CheckUniform(config);
        double epsilon = config.Real("layer_norm_eps", 1e-5);
        bool hasHeadNorms = config.Flag("qk_layernorm", false);
        bool isParallel = config.Flag("use_parallel_residual", false);
        var attention = AttentionDesign.FromConfig(config, 32) with
        {
            HasQueryBias = config.Flag("use_qkv_bias", false),
            HasOutputBias = false,
            HeadNorm = hasHeadNorms ? new(HeadNormKind.Each, new(NormKind.LayerWithoutBias, epsilon), "q_layernorm", "k_layernorm") : null,
        };
        if (hasHeadNorms && attention.Heads > MostHeads)
        {
            throw config.Error(FormattableString.Invariant($"has more than {MostHeads} num_attention_heads with a norm each (qk_layernorm)"));
        }

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
