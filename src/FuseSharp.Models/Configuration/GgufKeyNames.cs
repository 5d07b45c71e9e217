using System.Text.RegularExpressions;

namespace FuseSharp.Models.Configuration;

/// <summary>What GGUF files call what Hugging Face's config.json names: messages about a GGUF file name what stands in it.</summary>
internal static partial class GgufKeyNames
{
    private static readonly Dictionary<string, string> _names = new(StringComparer.Ordinal)
    {
        ["hidden_size"] = "embedding_length",
        ["n_embd"] = "embedding_length",
        ["d_model"] = "embedding_length",
        ["intermediate_size"] = "feed_forward_length",
        ["n_inner"] = "feed_forward_length",
        ["expansion_ratio"] = "feed_forward_length",
        ["num_hidden_layers"] = "block_count",
        ["n_layer"] = "block_count",
        ["n_layers"] = "block_count",
        ["num_attention_heads"] = "attention.head_count",
        ["n_head"] = "attention.head_count",
        ["n_heads"] = "attention.head_count",
        ["num_key_value_heads"] = "attention.head_count_kv",
        ["head_dim"] = "attention.key_length",
        ["v_head_dim"] = "attention.value_length_mla",
        ["qk_nope_head_dim"] = "attention.key_length_mla",
        ["qk_rope_head_dim"] = "rope.dimension_count",
        ["kv_lora_rank"] = "attention.kv_lora_rank",
        ["max_position_embeddings"] = "context_length",
        ["n_positions"] = "context_length",
        ["max_seq_len"] = "context_length",
        ["rope_theta"] = "rope.freq_base",
        ["rotary_emb_base"] = "rope.freq_base",
        ["rope_local_base_freq"] = "rope.freq_base_swa",
        ["partial_rotary_factor"] = "rope.dimension_count",
        ["rotary_pct"] = "rope.dimension_count",
        ["original_max_position_embeddings"] = "rope.scaling.original_context_length",
        ["attention_factor"] = "rope.scaling.attn_factor",
        ["rms_norm_eps"] = "attention.layer_norm_rms_epsilon",
        ["layer_norm_eps"] = "attention.layer_norm_epsilon",
        ["layer_norm_epsilon"] = "attention.layer_norm_epsilon",
        ["norm_epsilon"] = "attention.layer_norm_epsilon",
        ["sliding_window"] = "attention.sliding_window",
        ["layer_types"] = "attention.sliding_window_pattern",
        ["clip_qkv"] = "attention.clamp_kqv",
        ["alibi_bias_max"] = "attention.max_alibi_bias",
        ["attn_logit_softcapping"] = "attn_logit_softcapping",
        ["final_logit_softcapping"] = "final_logit_softcapping",
        ["attention_multiplier"] = "attention.scale",
        ["embedding_multiplier"] = "embedding_scale",
        ["residual_multiplier"] = "residual_scale",
        ["logits_scaling"] = "logit_scale",
        ["logit_scale"] = "logit_scale",
        ["num_local_experts"] = "expert_count",
        ["num_experts"] = "expert_count",
        ["n_routed_experts"] = "expert_count",
        ["num_experts_per_tok"] = "expert_used_count",
        ["moe_intermediate_size"] = "expert_feed_forward_length",
        ["n_shared_experts"] = "expert_shared_count",
        ["first_k_dense_replace"] = "leading_dense_block_count",
        ["routed_scaling_factor"] = "expert_weights_scale",
    };

    /// <summary>A message with the file's own names.</summary>
    /// <param name="message">About keys of config.json.</param>
    /// <param name="kind">The file's architecture, which its keys begin with.</param>
    public static string In(string message, string kind)
        => Word().Replace(message, m => _names.TryGetValue(m.Value, out string? name) ? $"{kind}.{name}"
            : m.Value switch
            {
                "vocab_size" => "token_embd.weight",
                "eos_token_id" => "tokenizer.ggml.eos_token_id",
                "bos_token_id" => "tokenizer.ggml.bos_token_id",
                "pad_token_id" => "tokenizer.ggml.padding_token_id",
                _ => m.Value,
            });

    [GeneratedRegex(@"\b[a-z][a-z0-9]*(_[a-z0-9]+)+\b", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
