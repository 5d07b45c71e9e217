using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Models.Configuration;

/// <summary>Keys of config.json: those that a model asked for are honoured, these are ignored on purpose, the rest is warned about.</summary>
internal static class ConfigKeys
{
    // Read past ModelConfig's own methods.
    private static readonly HashSet<string> _honoured = new(StringComparer.Ordinal)
    {
        "architectures", "model_type", "torch_dtype", "dtype", "eos_token_id", "rope_scaling", "rope_parameters", "attn_config", "max_seq_len", "n_positions", "max_position_embeddings", "vocab_size",
        "tie_word_embeddings", "quantization_config", "compression_config", "original_max_position_embeddings", "sliding_window", "use_sliding_window", "layer_types", "initializer_range",
    };

    // What only training, sampling, classifiers, encoders or the form of transformers' answers read; who wrote the file; sizes that the weights tell.
    private static readonly HashSet<string> _ignored = new(StringComparer.Ordinal)
    {
        "_name_or_path", "name_or_path", "transformers_version", "auto_map", "use_cache", "bos_token_id", "pad_token_id", "sep_token_id", "cls_token_id", "decoder_start_token_id", "return_dict",
        "output_hidden_states", "output_attentions", "torchscript", "use_bfloat16", "pruned_heads", "chunk_size_feed_forward", "is_encoder_decoder", "is_decoder", "cross_attention_hidden_size",
        "add_cross_attention", "tie_encoder_decoder", "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p",
        "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "output_scores",
        "return_dict_in_generate", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values", "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
        "finetuning_task", "id2label", "label2id", "num_labels", "tokenizer_class", "prefix", "task_specific_params", "problem_type", "tf_legacy_loss", "initializer_cutoff_factor",
        "attn_implementation", "_attn_implementation", "_attn_implementation_autoset", "experts_implementation", "attention_dropout", "hidden_dropout", "attention_probs_dropout_prob",
        "hidden_dropout_prob", "resid_pdrop", "embd_pdrop", "attn_pdrop", "emb_pdrop", "classifier_dropout", "summary_type", "summary_use_proj", "summary_activation", "summary_first_dropout",
        "summary_proj_to_labels", "gradient_checkpointing", "output_router_logits", "router_aux_loss_coef", "router_jitter_noise", "init_config", "init_device", "init_std", "verbose",
        "embedding_fraction", "ffn_config", "fc_type", "use_norm_bias", "use_pad_tok_in_ffn", "n_ctx", "reorder_and_upcast_attn", "unsloth_version", "unsloth_fixed", "is_llama_config",
        "rope_interleaved", "max_window_layers", "pretraining_tp", "attn_pdrop", "attn_impl", "attn_uses_sequence_id", "param_init_fn", "learned_pos_emb", "low_precision_layernorm", "dropout",
        "embedding_dropout", "residual_dropout", "aux_loss_alpha", "seq_aux", "ep_size", "n_group", "topk_group", "qk_head_dim", "_sliding_window_pattern", "initial_context_length", "experts_per_token",
        "attention_bias", "mlp_bias", "partial_rotary_factor", "head_dim", "num_key_value_heads", // where a family's code reads them, they are honoured or refused
        "expansion_ratio", "mlp_ratio", "logit_scale", "norm_type", // of MPT: read where MosaicML's code reads them, unused in Hugging Face's
    };

    // Of generation_config.json: how a text is drawn and how long it is, which the options of generate, serve and benchmarks say, each with a default of its own.
    private static readonly HashSet<string> _ofDrawing = new(StringComparer.Ordinal)
    {
        "eos_token_id", "_from_model_config", "min_p", "top_h", "epsilon_cutoff", "eta_cutoff", "max_new_tokens", "max_time", "cache_implementation", "cache_config", "return_legacy_cache",
        "prefill_chunk_size", "compile_config", "disable_compile", "output_logits", "renormalize_logits", "trust_remote_code", "chat_format", "max_window_size", "low_memory", "use_model_defaults",
        "is_assistant", "num_assistant_tokens", "num_assistant_tokens_schedule", "assistant_confidence_threshold", "assistant_early_exit", "assistant_lookbehind", "target_lookbehind",
        "prompt_lookup_num_tokens", "max_matching_ngram_size",
    };

    // Of those that config.json may hold too, because old files have defaults there: what changes a text and has no option here.
    private static readonly HashSet<string> _ofOtherSearch = new(StringComparer.Ordinal)
    {
        "num_beams", "num_beam_groups", "min_length", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "forced_bos_token_id", "forced_eos_token_id",
        "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
    };

    /// <summary>Warns of keys that are not known.</summary>
    /// <param name="config">After a model was made from it.</param>
    public static void WarnOfUnknown(ModelConfig config)
    {
        WarnOfUnknownInConfig(config);
        if (config is { Folder: { } folder, Generation: { } generation })
        {
            Warnings.OfUnknownKeys(Path.Combine(folder, ModelConfig.GenerationFile), generation.Where(p => !IsNothing(p.Value)).Select(p => p.Key)
                .Where(k => !_ofDrawing.Contains(k) && (!_ignored.Contains(k) || _ofOtherSearch.Contains(k))));
        }
    }

    // What stands for "not wanted": null, false, 0, one beam, an empty list.
    private static bool IsNothing(JsonNode? value) => value?.ToJsonString() is null or "null" or "false" or "0" or "0.0" or "1" or "1.0" or "[]" or "{}" or "\"\"";

    private static void WarnOfUnknownInConfig(ModelConfig config)
        => Warnings.OfUnknownKeys(config.Path, config.Keys.Unasked.Where(k => !_honoured.Contains(k) && !_ignored.Contains(k)));

    /// <summary>Warns of keys of an object inside of it that are not known.</summary>
    /// <param name="config">The file.</param>
    /// <param name="name">Of the object.</param>
    /// <param name="keys">Its keys, after they were read.</param>
    /// <param name="ignored">Keys that are ignored there on purpose.</param>
    public static void WarnOfUnknown(ModelConfig config, string name, JsonKeys keys, params ReadOnlySpan<string> ignored)
    {
        var known = new HashSet<string>(_ignored.Union(_honoured), StringComparer.Ordinal);
        foreach (string key in ignored)
        {
            known.Add(key);
        }

        Warnings.OfUnknownKeys(config.Path, keys.Unasked.Where(k => !known.Contains(k)).Select(k => $"{name}.{k}"));
    }
}
