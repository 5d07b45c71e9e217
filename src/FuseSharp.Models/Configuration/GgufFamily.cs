using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Configuration;

/// <summary>Says with Hugging Face's keys what only one of llama.cpp's architectures has.</summary>
/// <param name="file">The file.</param>
/// <param name="kind">Its architecture.</param>
/// <param name="json">What all have; gets the rest.</param>
internal sealed class GgufFamily(GgufFile file, string kind, JsonObject json)
{
    private readonly HashSet<string> _honoured = new(StringComparer.Ordinal);

    /// <summary>Adds the family's names and keys.</summary>
    /// <returns>Keys that it reads and others refuse, without the architecture before them.</returns>
    /// <exception cref="ModelException">A key is missing, or asks for what the family has not.</exception>
    public HashSet<string> Add()
    {
        long layers = (long)json["num_hidden_layers"]!;
        switch (kind)
        {
            case "llama" when Number("expert_count", 0) is > 0 and var experts:
                Name("MixtralForCausalLM", "mixtral");
                Rms();
                json["num_local_experts"] = experts;
                json["num_experts_per_tok"] = Number("expert_used_count");
                json["sliding_window"] = null;
                break;
            case "llama":
                Name("LlamaForCausalLM", "llama");
                Rms();
                break;
            case "qwen2":
                Name("Qwen2ForCausalLM", "qwen2");
                Rms();
                _ = Number("expert_count", 0);
                break;
            case "qwen3":
                Name("Qwen3ForCausalLM", "qwen3");
                Rms();
                break;
            case "qwen3moe":
                Name("Qwen3MoeForCausalLM", "qwen3_moe");
                Rms();
                Experts("num_experts");
                json["moe_intermediate_size"] = Number("expert_feed_forward_length");
                json["norm_topk_prob"] = true;
                break;
            case "gemma2":
                Name("Gemma2ForCausalLM", "gemma2");
                AddGemma(layers == 46, 2);
                json["attn_logit_softcapping"] = Honoured("attn_logit_softcapping", 50);
                json["final_logit_softcapping"] = Honoured("final_logit_softcapping", 30);
                break;
            case "gemma3":
                Name("Gemma3ForCausalLM", "gemma3_text");
                AddGemma(layers == 62, 6);
                json["rope_local_base_freq"] = file.Real($"{kind}.rope.freq_base_swa", 10000);
                break;
            case "phi3":
                Name("Phi3ForCausalLM", "phi3");
                Rms();
                Share();
                json["sliding_window"] = Window(0) is > 0 and var window ? window : null;
                break;
            case "smollm3":
                Name("SmolLM3ForCausalLM", "smollm3");
                Rms();
                break;
            case "olmo2":
                AddOlmo();
                break;
            case "granite":
                Name("GraniteForCausalLM", "granite");
                Rms();
                json["attention_multiplier"] = Honoured("attention.scale", 0) is not 0 and var scale ? scale : 1 / Math.Sqrt((long)json["head_dim"]!);
                json["embedding_multiplier"] = NotZero(Honoured("embedding_scale", 1));
                json["residual_multiplier"] = NotZero(Honoured("residual_scale", 1));
                json["logits_scaling"] = NotZero(Honoured("logit_scale", 1));
                break;
            case "starcoder2":
                Name("Starcoder2ForCausalLM", "starcoder2");
                json["norm_epsilon"] = file.Real($"{kind}.attention.layer_norm_epsilon");
                json["hidden_act"] = "gelu_pytorch_tanh";
                json["use_bias"] = json["attention_bias"]!.DeepClone();
                json["sliding_window"] = null;
                break;
            case "stablelm":
                Name("StableLmForCausalLM", "stablelm");
                Share();
                json["layer_norm_eps"] = file.Real($"{kind}.attention.layer_norm_epsilon");
                json["use_qkv_bias"] = json["attention_bias"]!.DeepClone();
                json["qk_layernorm"] = Has("blk.0.attn_q_norm.weight");
                json["use_parallel_residual"] = !Has("blk.0.ffn_norm.weight"); // by which llama.cpp tells it
                _ = file.Flag($"{kind}.use_parallel_residual");
                break;
            case "cohere2":
                Name("Cohere2ForCausalLM", "cohere2");
                json["layer_norm_eps"] = file.Real($"{kind}.attention.layer_norm_epsilon");
                json["logit_scale"] = Honoured("logit_scale", 0.0625);
                AddWindows(4, Window(4096));
                break;
            case "glm4":
                Name("Glm4ForCausalLM", "glm4");
                Rms();
                Share();
                break;
            case "gpt2":
                Name("GPT2LMHeadModel", "gpt2");
                Rename(("hidden_size", "n_embd"), ("intermediate_size", "n_inner"), ("num_hidden_layers", "n_layer"), ("num_attention_heads", "n_head"), ("max_position_embeddings", "n_positions"));
                json["layer_norm_epsilon"] = file.Real($"{kind}.attention.layer_norm_epsilon");
                json["activation_function"] = "gelu_new";
                break;
            case "gptneox":
                Name("GPTNeoXForCausalLM", "gpt_neox");
                Share();
                json["rotary_pct"] = json["partial_rotary_factor"]!.DeepClone();
                json["rotary_emb_base"] = json["rope_theta"]!.DeepClone();
                json["layer_norm_eps"] = file.Real($"{kind}.attention.layer_norm_epsilon");
                json["use_parallel_residual"] = file.Flag($"{kind}.use_parallel_residual") ?? true;
                json["hidden_act"] = "gelu";
                json["attention_bias"] = true;
                Remove("head_dim", "num_key_value_heads", "rope_theta", "partial_rotary_factor", "mlp_bias");
                break;
            case "mpt":
                AddMpt();
                break;
            case "gpt-oss":
                Name("GptOssForCausalLM", "gpt_oss");
                Rms();
                Experts("num_local_experts");
                json["intermediate_size"] = Number("expert_feed_forward_length");
                json["swiglu_limit"] = 7.0; // llama.cpp's own, as is 1.702
                AddWindows(2, Window(128));
                break;
            default:
                Name("DeepseekV2ForCausalLM", "deepseek_v2");
                Rms();
                AddDeepSeek();
                break;
        }

        return _honoured;
    }

    private void AddGemma(bool isLarge, int period)
    {
        Rms();
        json["hidden_activation"] = "gelu_pytorch_tanh";
        json.Remove("hidden_act");
        json["query_pre_attn_scalar"] = isLarge ? (long)json["hidden_size"]! / (long)json["num_attention_heads"]! : (long)json["head_dim"]!;
        long window = Window(kind == "gemma2" ? 4096 : 0);
        AddWindows(window == 0 ? 1 : period, Math.Max(1, window));
    }

    private void AddMpt()
    {
        long hidden = (long)json["hidden_size"]!;
        long inner = (long)json["intermediate_size"]!;
        // Hugging Face's code has four times the width inside, MosaicML's what the config says.
        bool isMosaic = inner != 4 * hidden;
        Name(isMosaic ? "MPTForCausalLM" : "MptForCausalLM", "mpt");
        json["expansion_ratio"] = hidden > 0 ? (double)inner / hidden : 4;
        Rename(("hidden_size", "d_model"), ("num_hidden_layers", "n_layers"), ("num_attention_heads", "n_heads"), ("max_position_embeddings", "max_seq_len"));
        Remove("intermediate_size");
        json["layer_norm_epsilon"] = file.Real($"{kind}.attention.layer_norm_epsilon");
        json["no_bias"] = true;
        var attention = new JsonObject { ["alibi"] = true, ["alibi_bias_max"] = Honoured("attention.max_alibi_bias", 8) };
        if (Honoured("attention.clamp_kqv", 0) is not 0 and var clip)
        {
            attention["clip_qkv"] = clip;
        }

        json["attn_config"] = attention;
    }

    // What a family of before the Llama line calls otherwise; what only the Llama line has goes.
    private void Rename(params (string Usual, string Own)[] names)
    {
        foreach (var (usual, own) in names)
        {
            json[own] = json[usual]!.DeepClone();
            json.Remove(usual);
        }

        Remove("head_dim", "num_key_value_heads", "hidden_act", "rope_theta", "attention_bias", "mlp_bias");
    }

    private void Remove(params string[] keys)
    {
        foreach (string key in keys)
        {
            json.Remove(key);
        }
    }

    private void AddOlmo()
    {
        long window = Window(0);
        Name(window > 0 ? "Olmo3ForCausalLM" : "Olmo2ForCausalLM", window > 0 ? "olmo3" : "olmo2");
        Rms();
        if (window > 0)
        {
            AddWindows(4, window);
        }
    }

    private void AddDeepSeek()
    {
        if (file.Number($"{kind}.attention.q_lora_rank", 0) != 0 || file.Number($"{kind}.expert_group_count", 1) > 1 || file.Number($"{kind}.expert_gating_func", 1) > 1)
        {
            throw file.Error("is a model with compressed queries, groups of experts or a router other than softmax, which is not supported; DeepSeek-V2-Lite is", "Name another model.");
        }

        long turning = Number("rope.dimension_count");
        _honoured.UnionWith(["rope.dimension_count", "attention.value_length", "leading_dense_block_count", "expert_shared_count", "expert_weights_scale"]);
        long size = Number("attention.key_length_mla", (long)json["head_dim"]!);
        json.Remove("head_dim");
        json["num_key_value_heads"] = json["num_attention_heads"]!.DeepClone();
        json["kv_lora_rank"] = Number("attention.kv_lora_rank");
        json["qk_rope_head_dim"] = turning;
        json["qk_nope_head_dim"] = size - turning;
        json["v_head_dim"] = Number("attention.value_length_mla", Number("attention.value_length", size));
        json["first_k_dense_replace"] = Number("leading_dense_block_count", 0);
        json["n_shared_experts"] = Number("expert_shared_count", 0);
        json["moe_intermediate_size"] = Number("expert_feed_forward_length");
        json["routed_scaling_factor"] = NotZero(file.Real($"{kind}.expert_weights_scale", 1));
        json["norm_topk_prob"] = file.Flag($"{kind}.expert_weights_norm") ?? false;
        Experts("n_routed_experts");
    }

    private void AddWindows(int usualPeriod, long window)
    {
        // llama.cpp's converter writes a period or, for some, true for each layer with a window.
        string key = $"{kind}.attention.sliding_window_pattern";
        long layers = (long)json["num_hidden_layers"]!;
        double[]? each = file.IsList(key) ? file.Numbers(key) : null;
        long period = each is null ? file.Number(key, usualPeriod) : 0;
        if (layers is < 1 or > 10_000 || period < 0 || (each is not null && each.Length != layers))
        {
            throw file.Error(FormattableString.Invariant($"has '{key}' that does not fit its {layers} blocks"));
        }

        bool Slides(int layer) => each is not null ? each[layer] != 0 : period == 0 || layer % period < period - 1;
        json["sliding_window"] = window;
        json["layer_types"] = new JsonArray([.. Enumerable.Range(0, (int)layers).Select(i => (JsonNode)(Slides(i) ? "sliding_attention" : "full_attention"))]);
    }

    private void Name(string architecture, string modelType)
    {
        json["architectures"] = new JsonArray(architecture);
        json["model_type"] = modelType;
    }

    private void Rms() => json["rms_norm_eps"] = file.Real($"{kind}.attention.layer_norm_rms_epsilon");

    private void Experts(string key)
    {
        json[key] = Number("expert_count");
        json["num_experts_per_tok"] = Number("expert_used_count");
    }

    // Of each head, what turns; so that the same whole number comes out again.
    private void Share()
    {
        _honoured.Add("rope.dimension_count");
        long size = (long)json["head_dim"]!;
        long turning = file.Number($"{kind}.rope.dimension_count", size);
        if (turning < 1 || turning > size)
        {
            throw file.Error(FormattableString.Invariant($"has '{kind}.rope.dimension_count' {turning} and heads of {size} numbers, expected 1 to as many"));
        }

        double share = (double)turning / size;
        json["partial_rotary_factor"] = (long)(size * share) == turning ? share : Math.BitIncrement(share);
    }

    private long Window(long otherwise)
    {
        _honoured.Add("attention.sliding_window");
        return file.Number($"{kind}.attention.sliding_window", otherwise);
    }

    private double Honoured(string key, double otherwise)
    {
        _honoured.Add(key);
        return file.Real($"{kind}.{key}", otherwise);
    }

    // llama.cpp takes 0 for none.
    private static double NotZero(double number) => number == 0 ? 1 : number;

    private bool Has(string tensor) => file.Tensors.Any(t => t.Name == tensor);

    private long Number(string key, long? otherwise = null) => file.NumberOfBlocks($"{kind}.{key}", otherwise);
}
