using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Qwen3 MoE: Qwen3 with experts in most layers. A window, where it is switched on, holds for all layers.</summary>
internal static class Qwen3Moe
{
    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        var dense = Qwen3.Layer(config);
        long? window = config.Flag("use_sliding_window", false) ? LayerWindows.Uniform(config, 4096) : null;
        LayerWindows.CheckUniform(config, window is null ? "full_attention" : "sliding_attention");
        dense = dense with { Attention = dense.Attention with { Window = window } };
        var experts = ExpertsDesign.FromConfig(config, config.Number("moe_intermediate_size"), null, "num_experts", "num_local_experts") with { IsNormalized = config.Flag("norm_topk_prob", false) };
        var sparse = dense with { FeedForward = dense.FeedForward with { Experts = experts } };
        int step = config.Number("decoder_sparse_step", 1);
        HashSet<double> denseLayers = [.. config.Keys.Reals("mlp_only_layers") ?? []];
        return DecoderDesign.FromLayers(config, i => !denseLayers.Contains(i) && (i + 1) % step == 0 ? sparse : dense);
    }
}
