using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Json;
using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Architectures;

/// <summary>The shape of an MPT model, from any of the three ways its config was written.</summary>
/// <remarks>
/// <c>MptForCausalLM</c> (Hugging Face) and <c>MPTForCausalLM</c> (MosaicML) keep attention's settings in <c>attn_config</c>; MosaicML's first release kept
/// them beside the others, as <c>attn_clip_qkv</c>, <c>alibi</c>, <c>mlp_ratio</c>.
/// </remarks>
/// <param name="Hidden">Width of the states.</param>
/// <param name="Inner">Width inside the feed-forward part.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Heads.</param>
/// <param name="Epsilon">Of the norms.</param>
/// <param name="LargestBias">The flattest ALiBi slope is 2 to the minus this.</param>
/// <param name="Clip">Bound of queries, keys and values, or null.</param>
/// <param name="Scale">Of attention scores, or null for 1/√(head size).</param>
internal sealed record MptShape(int Hidden, int Inner, int Layers, int Heads, double Epsilon, double LargestBias, double? Clip, double? Scale)
{
    /// <summary>Reads a shape.</summary>
    /// <exception cref="ModelException">A number is missing, or the config asks for what no published MPT has.</exception>
    public static MptShape FromConfig(ModelConfig config)
    {
        var attention = config.Keys.Object("attn_config");
        var within = attention is null ? null : new JsonKeys(attention, what => config.Error($"in its attn_config {what}"));
        var beside = config.Keys;
        JsonNode? Setting(string key, string flat) => attention?[key] ?? config.Json[flat];
        double? Number(string key, string flat) => (within?.Real(key) ?? beside.Real(flat)) is { } number ? Math.Abs(number) <= float.MaxValue ? number : throw config.Error($"has a {key} beyond float32") : null;
        bool? Flag(string key) => within?.Flag(key) ?? beside.Flag(key);
        bool hasAlibi = Flag("alibi") ?? config.Architecture == "MptForCausalLM";
        if (!hasAlibi || !config.Flag("no_bias", true) || (Flag("qk_ln") ?? Flag("attn_qk_ln") ?? false) || (Flag("prefix_lm") ?? false)
            || (Setting("attn_type", "attn_type") is JsonValue kind && kind.TryGetValue(out string? name) && name != "multihead_attention"))
        {
            throw config.Error("asks for learned positions, biases, qk_ln, prefix_lm or shared heads; known are MPT models with alibi true, no_bias true and multihead_attention");
        }

        // MosaicML's code applies them; Hugging Face's has none of them.
        bool isMosaic = config.Architecture == "MPTForCausalLM";
        if (isMosaic && (beside.Has("logit_scale") || (beside.Text("norm_type") ?? "low_precision_layernorm") is not ("low_precision_layernorm" or "layernorm") || (within?.Real("sliding_window_size") ?? -1) > 0))
        {
            throw config.Error("asks for logit_scale, a norm_type other than layernorm or a sliding_window_size, which are not supported for MPT");
        }

        if (isMosaic)
        {
            CheckMosaic(config, within);
        }

        int hidden = config.Number("d_model");
        int heads = config.Number("n_heads");
        double ratio = isMosaic ? config.Real("expansion_ratio", config.Real("mlp_ratio", 4)) : 4; // Hugging Face's code has 4, whatever the config says
        var shape = new MptShape(
            hidden,
            ratio is > 0 and < 1024 ? (int)(hidden * ratio) : throw config.Error("has an expansion_ratio without a meaning, expected a number such as 4"),
            config.LayerCount("n_layers"),
            hidden % heads == 0 ? heads : throw config.Error("has a d_model that n_heads does not divide"),
            config.Real("layer_norm_epsilon", 1e-5),
            Number("alibi_bias_max", "alibi_bias_max") ?? 8,
            Number("clip_qkv", "attn_clip_qkv"),
            Number("softmax_scale", "softmax_scale"));
        if (within is not null)
        {
            ConfigKeys.WarnOfUnknown(config, "attn_config", within, "attn_type", "prefix_lm", "qk_ln", "sliding_window_size", "rope_theta", "rope_impl", "rope_dail_config", "rope_hf_config");
        }

        return shape;
    }

    // What newer releases of MosaicML's code can do besides.
    private static void CheckMosaic(ModelConfig config, JsonKeys? attention)
    {
        if (attention is not null && ((attention.Flag("rope") ?? false) || (attention.Flag("qk_gn") ?? false) || attention.Has("attn_logit_softcapping") || attention.Has("reuse_kv_layer_idx") || !(attention.Flag("fused_qkv") ?? true)))
        {
            throw config.Error("asks in its attn_config for rope, qk_gn, attn_logit_softcapping, reuse_kv_layer_idx or separate projections, which are not supported for MPT");
        }

        var inner = config.Keys.Object("ffn_config") is { } json ? new JsonKeys(json, what => config.Error($"in its ffn_config {what}")) : null;
        var activation = inner?.Object("ffn_act_fn") is { } function ? new JsonKeys(function, what => config.Error($"in its ffn_act_fn {what}")) : null;
        if ((inner?.Text("ffn_type") ?? "mptmlp") != "mptmlp" || (activation?.Text("name") ?? "gelu") != "gelu" || (activation?.Text("approximate") ?? "none") != "none")
        {
            throw config.Error("asks in its ffn_config for another feed-forward part than mptmlp with an exact gelu, which is not supported for MPT");
        }
    }
}
