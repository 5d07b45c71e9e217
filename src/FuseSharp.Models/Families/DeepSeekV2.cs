using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>DeepSeek-V2-Lite: keys and values from a latent, a first layer without and further ones with experts, of which some are for every token.</summary>
/// <remarks>The larger DeepSeek-V2 compresses queries too and chooses experts by groups; both are refused by name.</remarks>
internal static class DeepSeekV2
{
    // Its code gives the latent's norm this one, whatever the config says.
    private static readonly NormDesign _latentNorm = new(NormKind.Rms, 1e-6);

    /// <summary>Reads the design of a model.</summary>
    public static DecoderDesign FromConfig(ModelConfig config)
    {
        CheckChoice(config);
        LayerWindows.CheckUniform(config);
        var latent = new LatentDesign(config.Number("kv_lora_rank"), config.Number("qk_nope_head_dim"), config.Number("qk_rope_head_dim"), config.Number("v_head_dim"));
        int heads = config.Number("num_attention_heads");
        int size = latent.PlainSize + latent.TurningSize;
        bool hasBias = config.Flag("attention_bias", false);
        var rotary = RotarySettings.Read(config, latent.TurningSize, new() { IsInterleaved = true });
        double sharpness = rotary.Scaling is YarnScaling { AllDimensions: { } all } yarn ? YarnScaling.Sharpness(yarn.Factor, all) : 1;
        var attention = new AttentionDesign(config.Number("hidden_size"), heads, heads, size)
        {
            HasQueryBias = hasBias,
            HasOutputBias = hasBias,
            HeadNorm = new(HeadNormKind.Whole, _latentNorm),
            Latent = latent,
            Rotary = rotary,
            Scale = sharpness * sharpness / Math.Sqrt(size),
        };
        var dense = new LayerDesign(Llama.Rms(config, 1e-6), attention, FeedForwardDesign.FromConfig(config) with { HasBias = config.Flag("mlp_bias", false) });
        int width = config.Number("moe_intermediate_size");
        var experts = ExpertsDesign.FromConfig(config, width, null, "n_routed_experts") with
        {
            Scale = config.Real("routed_scaling_factor", 1),
            SharedWidth = SharedWidth(config, width),
        };
        var sparse = dense with { FeedForward = dense.FeedForward with { Experts = experts } };
        int first = config.Keys.Whole("first_k_dense_replace") ?? 0;
        return DecoderDesign.FromLayers(config, i => i < first ? dense : sparse);
    }

    private static int SharedWidth(ModelConfig config, int width)
        => (config.Keys.Whole("n_shared_experts") ?? (config.Json.ContainsKey("n_shared_experts") ? 0 : 2)) is 0 ? 0
            : (long)config.Number("n_shared_experts", 2) * width is <= 1 << 24 and var shared ? (int)shared
            : throw config.Error("has n_shared_experts of a moe_intermediate_size that are together wider than any model");

    private static void CheckChoice(ModelConfig config)
    {
        if (config.Keys.Has("q_lora_rank"))
        {
            throw config.Error("asks for q_lora_rank, compressed queries as in the large DeepSeek-V2, which are not supported");
        }

        if (config.Text("topk_method", "greedy") != "greedy" || config.Flag("norm_topk_prob", false) || config.Text("scoring_func", "softmax") != "softmax" || config.Real("moe_layer_freq", 1) != 1)
        {
            throw config.Error("asks for a topk_method other than greedy, norm_topk_prob, a scoring_func other than softmax or a moe_layer_freq other than 1, which are not supported");
        }
    }
}
