using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace FuseSharp.Models.Configuration;

/// <summary>Says with Hugging Face's keys what the metadata of a GGUF file says of a model's shape.</summary>
internal static class GgufConfig
{
    // Sizes that the tensors tell, what only training reads, and notes of a scaling's making.
    private static readonly HashSet<string> _ignored = new(StringComparer.Ordinal)
    {
        "vocab_size", "tensor_data_layout", "rope.scaling.original_context_length", "rope.scaling.finetuned", "expert_feed_forward_length", "attention.layer_norm_epsilon",
    };

    // Refused unless they have this value, with which they change nothing: they change what the model computes.
    private static readonly (string Key, double Harmless)[] _refused =
    [
        ("attention.sliding_window", 0), ("attention.clamp_kqv", 0), ("attention.scale", 0), ("attention.max_alibi_bias", 0), ("logit_scale", 1), ("embedding_scale", 1), ("residual_scale", 1),
        ("rope.scaling.attn_factor", 1), ("attn_logit_softcapping", 0), ("final_logit_softcapping", 0), ("expert_shared_count", 0), ("expert_weights_scale", 1), ("leading_dense_block_count", 0),
    ];

    /// <summary>The config.json that belongs to the file.</summary>
    /// <exception cref="ModelException">The architecture is unknown or metadata is missing.</exception>
    public static JsonObject Translate(GgufFile file)
    {
        string kind = file.Text("general.architecture") ?? "";
        bool isQwen = kind == "qwen2";
        if (!isQwen && kind != "llama")
        {
            throw file.Error($"holds a model of the architecture '{kind}', which is not supported in GGUF files; llama (Llama, Mistral, Mixtral, SOLAR, SmolLM) and qwen2 are", "Name the model's Hugging Face folder.");
        }

        if (file.Number("split.count", 0) is > 1 and var parts)
        {
            throw file.Error(FormattableString.Invariant($"is part {file.Number("split.no", 0) + 1} of {parts} of a split model"), "Join the parts with 'llama-gguf-split --merge FIRST_PART WHOLE.gguf' and name the whole file.");
        }

        long Number(string key, long? otherwise = null) => file.NumberOfBlocks($"{kind}.{key}", otherwise);
        long hidden = Number("embedding_length");
        long heads = Number("attention.head_count");
        long experts = Number("expert_count", 0);
        var embedding = file.Tensors.FirstOrDefault(t => t.Name == "token_embd.weight") ?? throw file.Error("lacks the tensor 'token_embd.weight'");
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(isQwen ? "Qwen2ForCausalLM" : experts > 0 ? "MixtralForCausalLM" : "LlamaForCausalLM"),
            ["model_type"] = isQwen ? "qwen2" : experts > 0 ? "mixtral" : "llama",
            ["vocab_size"] = embedding.Shape[0],
            ["hidden_size"] = hidden,
            ["intermediate_size"] = Number("feed_forward_length"),
            ["num_hidden_layers"] = Number("block_count"),
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = Number("attention.head_count_kv", heads),
            ["head_dim"] = Number("attention.key_length", heads > 0 ? hidden / heads : 0),
            ["hidden_act"] = "silu",
            ["max_position_embeddings"] = Number("context_length"),
            ["rms_norm_eps"] = file.Real($"{kind}.attention.layer_norm_rms_epsilon"),
            ["rope_theta"] = file.Real($"{kind}.rope.freq_base", 10000),
            ["rope_scaling"] = Scaling(file, kind),
            ["tie_word_embeddings"] = !file.Tensors.Any(t => t.Name == "output.weight"),
            ["attention_bias"] = file.Tensors.Any(t => t.Name == "blk.0.attn_q.bias"),
            ["mlp_bias"] = file.Tensors.Any(t => t.Name == "blk.0.ffn_up.bias"),
            ["torch_dtype"] = "float32", // dequantized weights are products of scales and codes: shorter types would round them again
        };
        if (experts > 0)
        {
            json["num_local_experts"] = experts;
            json["num_experts_per_tok"] = Number("expert_used_count");
            json["sliding_window"] = null;
        }

        foreach (var (key, name) in new[] { ("tokenizer.ggml.bos_token_id", "bos_token_id"), ("tokenizer.ggml.eos_token_id", "eos_token_id"), ("tokenizer.ggml.padding_token_id", "pad_token_id") })
        {
            if (file.Number(key, -1) is >= 0 and var id)
            {
                json[name] = id;
            }
        }

        CheckKeys(file, kind, (long)json["head_dim"]!);
        return json;
    }

    private static void CheckKeys(GgufFile file, string kind, long headSize)
    {
        foreach (var (key, harmless) in _refused)
        {
            if (file.Real($"{kind}.{key}", harmless) is var value && value != harmless)
            {
                throw file.Error(FormattableString.Invariant($"asks for '{kind}.{key}' {value}, which is not supported"), "Name the model's Hugging Face folder, or another model.");
            }
        }

        foreach (string key in (string[])["rope.dimension_count", "attention.value_length"])
        {
            if (file.Number($"{kind}.{key}", headSize) is var size && size != headSize)
            {
                throw file.Error(FormattableString.Invariant($"has '{kind}.{key}' {size} and heads of {headSize} numbers, which is not supported"), "Name the model's Hugging Face folder, or another model.");
            }
        }

        if (file.Flag($"{kind}.attention.causal") == false)
        {
            throw file.Error("is a model that sees later tokens ('attention.causal' false), which is not supported", "Name a model that predicts the next token.");
        }

        Warnings.OfUnknownKeys(file.Path, file.Unasked.Where(k => k.StartsWith(kind + ".", StringComparison.Ordinal) && !_ignored.Contains(k[(kind.Length + 1)..])));
    }

    private static JsonObject? Scaling(GgufFile file, string kind)
    {
        if (file.Tensors.FirstOrDefault(t => t.Name == "rope_freqs.weight") is { } factors)
        {
            // llama.cpp applies both.
            if (file.Text($"{kind}.rope.scaling.type") is not (null or "none") || file.Real($"{kind}.rope.scaling.factor", file.Real($"{kind}.rope.scale_linear", 1)) is not (0 or 1))
            {
                throw file.Error("has rope scaling beside 'rope_freqs.weight', which is not supported", "Name the model's Hugging Face folder.");
            }

            return Llama3(file, kind, factors);
        }

        // llama.cpp: without a type a factor is linear, and files of before August 2023 have the older key.
        double factor = file.Real($"{kind}.rope.scaling.factor", file.Real($"{kind}.rope.scale_linear", 0));
        return (file.Text($"{kind}.rope.scaling.type") ?? (factor is 0 or 1 ? null : "linear")) switch
        {
            null or "none" => null,
            "linear" when factor == 0 => null,
            "linear" => new JsonObject { ["rope_type"] = "linear", ["factor"] = factor },
            var other => throw file.Error($"asks for rope scaling '{other}', which is not supported; linear and Llama 3's factors are", "Take a model without it."),
        };
    }

    // Llama 3's scaling comes as a divisor for every frequency. The largest one is the factor; the other settings are those of every Llama 3 model, and the
    // divisors that they give must be the stored ones, for otherwise the model means something else.
    private static JsonObject Llama3(GgufFile file, string kind, GgufTensor factors)
    {
        using var map = new MappedFile(file.Path);
        using var stored = empty([factors.ElementCount], ScalarType.Float32);
        if (factors.Type != GgufType.F32)
        {
            throw file.Error("stores 'rope_freqs.weight' in another type than F32");
        }

        TensorChunks.Fill(map, factors.Start, ScalarType.Float32, stored);
        float[] divisors = stored.data<float>().ToArray();
        var scaling = new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = (double)divisors.Max(),
            ["low_freq_factor"] = 1.0,
            ["high_freq_factor"] = 4.0,
            ["original_max_position_embeddings"] = 8192,
        };
        var settings = new JsonObject { ["rope_theta"] = file.Real($"{kind}.rope.freq_base", 10000), ["max_position_embeddings"] = file.Number($"{kind}.context_length") };
        float[] plain = Frequencies(file, settings, divisors.Length);
        settings["rope_scaling"] = scaling.DeepClone();
        float[] scaled = Frequencies(file, settings, divisors.Length);
        return plain.Zip(scaled, divisors).All(f => Math.Abs((f.First / f.Third / f.Second) - 1) < 1e-4) ? scaling
            : throw file.Error("has 'rope_freqs.weight' of another rope scaling than Llama 3's");
    }

    private static float[] Frequencies(GgufFile file, JsonObject settings, int count)
    {
        settings["architectures"] = new JsonArray("LlamaForCausalLM");
        return RotarySettings.Read(ModelConfig.From((JsonObject)settings.DeepClone(), file.Path), 2 * count, new()).Frequencies(1);
    }
}
