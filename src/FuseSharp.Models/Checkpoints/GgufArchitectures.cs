namespace FuseSharp.Models.Checkpoints;

/// <summary>llama.cpp's decoders that are read and written here, with the names of tensors that its converter gives.</summary>
internal static class GgufArchitectures
{
    private static readonly Dictionary<string, GgufArchitecture> _all = new GgufArchitecture[]
    {
        With("llama", ("ffn_gate_inp", "block_sparse_moe.gate")) with { IsInterleaved = true, Stacks = Experts("block_sparse_moe", "w1", "w3", "w2") },
        With("qwen2"),
        With("qwen3", HeadNorms),
        With("qwen3moe", [.. HeadNorms, Router]) with { Stacks = Experts("mlp", "gate_proj", "up_proj", "down_proj") },
        With("gemma2", GemmaNorms) with { HasOffsetNorms = true },
        With("gemma3", [.. GemmaNorms, .. HeadNorms]) with { HasOffsetNorms = true },
        With("phi3", ("attn_qkv", "self_attn.qkv_proj"), ("ffn_up", "mlp.gate_up_proj")),
        With("smollm3") with { IsInterleaved = true },
        With("olmo2", [("post_attention_norm", "post_attention_layernorm"), ("post_ffw_norm", "post_feedforward_layernorm"), ("ffn_norm", ""), .. HeadNorms]) with { StoresTiedHead = true },
        With("granite") with { IsInterleaved = true },
        With("starcoder2", ("ffn_up", "mlp.c_fc"), ("ffn_down", "mlp.c_proj")),
        With("stablelm") with
        {
            StoresTiedHead = true,
            Stacks = new Dictionary<string, (string, string)> { ["attn_q_norm"] = ("self_attn.q_layernorm.norms.", ""), ["attn_k_norm"] = ("self_attn.k_layernorm.norms.", "") },
        },
        With("cohere2"),
        With("glm4", ("post_attention_norm", "post_self_attn_layernorm"), ("post_ffw_norm", "post_mlp_layernorm"), ("ffn_up", "mlp.gate_up_proj")),
        With("gpt-oss", ("post_attention_norm", "post_attention_layernorm"), ("ffn_norm", ""), ("ffn_gate_inp", "mlp.router")) with
        {
            StoresTiedHead = true,
            Parts = new Dictionary<string, (string, RowOrder)>
            {
                ["attn_sinks.weight"] = ("self_attn.sinks", RowOrder.Same),
                ["ffn_gate_exps.weight"] = ("mlp.experts.gate_up_proj", RowOrder.EvenColumns),
                ["ffn_up_exps.weight"] = ("mlp.experts.gate_up_proj", RowOrder.OddColumns),
                ["ffn_down_exps.weight"] = ("mlp.experts.down_proj", RowOrder.TransposedExperts),
                ["ffn_gate_exps.bias"] = ("mlp.experts.gate_up_proj_bias", RowOrder.EvenColumns),
                ["ffn_up_exps.bias"] = ("mlp.experts.gate_up_proj_bias", RowOrder.OddColumns),
                ["ffn_down_exps.bias"] = ("mlp.experts.down_proj_bias", RowOrder.Same),
            },
        },
        With("deepseek2", Router, ("attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa"), ("attn_kv_a_norm", "self_attn.kv_a_layernorm"), ("attn_kv_b", "self_attn.kv_b_proj"),
            ("ffn_gate_shexp", "mlp.shared_experts.gate_proj"), ("ffn_up_shexp", "mlp.shared_experts.up_proj"), ("ffn_down_shexp", "mlp.shared_experts.down_proj")) with
        {
            Stacks = Experts("mlp", "gate_proj", "up_proj", "down_proj"),
            Parts = new Dictionary<string, (string, RowOrder)>
            {
                ["attn_k_b.weight"] = ("self_attn.kv_b_proj.weight", RowOrder.LatentKeys),
                ["attn_v_b.weight"] = ("self_attn.kv_b_proj.weight", RowOrder.LatentValues),
            },
        },
    }.ToDictionary(a => a.Name, StringComparer.Ordinal);

    /// <summary>Tensors outside blocks, llama.cpp's names to Hugging Face's.</summary>
    public static IReadOnlyDictionary<string, string> Outside { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["token_embd"] = "model.embed_tokens",
        ["output_norm"] = "model.norm",
        ["output"] = "lm_head",
    };

    /// <summary>llama.cpp's names of them.</summary>
    public static IEnumerable<string> Names => _all.Keys;

    /// <summary>The one of a name; null where there is none.</summary>
    public static GgufArchitecture? Find(string name) => _all.GetValueOrDefault(name);

    private static (string, string) Router => ("ffn_gate_inp", "mlp.gate");

    private static (string, string)[] HeadNorms => [("attn_q_norm", "self_attn.q_norm"), ("attn_k_norm", "self_attn.k_norm")];

    private static (string, string)[] GemmaNorms
        => [("post_attention_norm", "post_attention_layernorm"), ("ffn_norm", "pre_feedforward_layernorm"), ("post_ffw_norm", "post_feedforward_layernorm")];

    // Llama's names, with those of the architecture in their place or beside them; "" takes one out.
    private static GgufArchitecture With(string name, params (string LlamaCpp, string HuggingFace)[] own)
    {
        var inside = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["attn_norm"] = "input_layernorm",
            ["ffn_norm"] = "post_attention_layernorm",
            ["attn_q"] = "self_attn.q_proj",
            ["attn_k"] = "self_attn.k_proj",
            ["attn_v"] = "self_attn.v_proj",
            ["attn_output"] = "self_attn.o_proj",
            ["ffn_gate"] = "mlp.gate_proj",
            ["ffn_up"] = "mlp.up_proj",
            ["ffn_down"] = "mlp.down_proj",
        };
        foreach (var (llamaCpp, huggingFace) in own)
        {
            inside[llamaCpp] = huggingFace;
        }

        return new GgufArchitecture(name, inside.Where(n => n.Value.Length > 0).ToDictionary(StringComparer.Ordinal));
    }

    private static Dictionary<string, (string, string)> Experts(string part, string gate, string up, string down)
        => new() { ["ffn_gate_exps"] = ($"{part}.experts.", "." + gate), ["ffn_up_exps"] = ($"{part}.experts.", "." + up), ["ffn_down_exps"] = ($"{part}.experts.", "." + down) };
}
