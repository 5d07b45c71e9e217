using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Configuration;

/// <summary>Says with Hugging Face's keys what the metadata of a GGUF file says of a model's shape.</summary>
internal static class GgufConfig
{
    // Sizes that the tensors tell, what only training reads, and notes of a scaling's making.
    private static readonly HashSet<string> _ignored = new(StringComparer.Ordinal)
    {
        "vocab_size", "tensor_data_layout", "rope.scaling.original_context_length", "rope.scaling.finetuned", "expert_feed_forward_length", "attention.layer_norm_epsilon",
    };

    // Refused unless they have this value, with which they change nothing, or the family reads them: they change what the model computes.
    private static readonly (string Key, double Harmless)[] _refused =
    [
        ("attention.sliding_window", 0), ("attention.clamp_kqv", 0), ("attention.scale", 0), ("attention.max_alibi_bias", 0), ("logit_scale", 1), ("embedding_scale", 1), ("residual_scale", 1),
        ("rope.scaling.attn_factor", 1), ("attn_logit_softcapping", 0), ("final_logit_softcapping", 0), ("expert_shared_count", 0), ("expert_weights_scale", 1), ("leading_dense_block_count", 0),
    ];

    // Roles of tokens that end what a model writes.
    private static readonly string[] _ends = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];

    /// <summary>The config.json that belongs to the file.</summary>
    /// <exception cref="ModelException">The architecture is unknown or metadata is missing.</exception>
    public static JsonObject Translate(GgufFile file)
    {
        string kind = file.Text("general.architecture") ?? "";
        if (GgufArchitectures.Find(kind) is null)
        {
            throw file.Error($"holds a model of the architecture '{kind}', which is not supported in GGUF files; those that are: {string.Join(", ", GgufArchitectures.Names)} (llama: Llama, Mistral, Mixtral, SOLAR, SmolLM)", "Name the model's Hugging Face folder.");
        }

        long Number(string key, long? otherwise = null) => file.NumberOfBlocks($"{kind}.{key}", otherwise);
        long hidden = Number("embedding_length");
        long heads = Number("attention.head_count");
        long headSize = Number("attention.key_length", heads > 0 ? hidden / heads : 0);
        if (heads < 1 || headSize < 1)
        {
            throw file.Error(FormattableString.Invariant($"has {heads} heads of {headSize} numbers, expected at least 1 of both"));
        }

        var embedding = file.Tensors.FirstOrDefault(t => t.Name == "token_embd.weight") ?? throw file.Error("lacks the tensor 'token_embd.weight'");
        var json = new JsonObject
        {
            ["vocab_size"] = embedding.Shape[0],
            ["hidden_size"] = hidden,
            ["intermediate_size"] = Number("feed_forward_length"),
            ["num_hidden_layers"] = Number("block_count"),
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = Number("attention.head_count_kv", heads),
            ["head_dim"] = headSize,
            ["hidden_act"] = "silu",
            ["max_position_embeddings"] = Number("context_length"),
            ["rope_theta"] = file.Real($"{kind}.rope.freq_base", 10000),
            ["tie_word_embeddings"] = !file.Tensors.Any(t => t.Name == "output.weight"),
            ["attention_bias"] = file.Tensors.Any(t => t.Name == "blk.0.attn_q.bias"),
            ["mlp_bias"] = file.Tensors.Any(t => t.Name == "blk.0.ffn_up.bias"),
            ["torch_dtype"] = "float32", // dequantized weights are products of scales and codes: shorter types would round them again
        };
        var honoured = new GgufFamily(file, kind, json).Add();
        var scaling = new GgufRotary(file, kind, json).Scaling();
        if (scaling is not null || json.ContainsKey("rope_theta"))
        {
            json["rope_scaling"] = scaling;
        }

        if (scaling?["attention_factor"] is not null)
        {
            honoured.Add("rope.scaling.attn_factor");
        }

        foreach (var (key, name) in new[] { ("tokenizer.ggml.bos_token_id", "bos_token_id"), ("tokenizer.ggml.eos_token_id", "eos_token_id"), ("tokenizer.ggml.padding_token_id", "pad_token_id") })
        {
            if (file.Number(key, -1) is >= 0 and var id)
            {
                json[name] = id;
            }
        }

        // llama.cpp ends a text at each of these.
        int[] ends = [.. _ends.Select(e => (int)file.Number(e, -1)).Where(id => id >= 0).Distinct()];
        if (ends.Length > 1)
        {
            json["eos_token_id"] = new JsonArray([.. ends.Select(id => (JsonNode)id)]);
        }

        CheckKeys(file, kind, headSize, honoured);
        return json;
    }

    private static void CheckKeys(GgufFile file, string kind, long headSize, HashSet<string> honoured)
    {
        foreach (var (key, harmless) in _refused.Where(r => !honoured.Contains(r.Key)))
        {
            if (file.Real($"{kind}.{key}", harmless) is var value && value != harmless)
            {
                throw file.Error(FormattableString.Invariant($"asks for '{kind}.{key}' {value}, which is not supported"), "Name the model's Hugging Face folder, or another model.");
            }
        }

        foreach (string key in ((string[])["rope.dimension_count", "attention.value_length"]).Where(k => !honoured.Contains(k)))
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
}
