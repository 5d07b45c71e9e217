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
        Other("gpt2", "transformer.h", ["transformer.wte", "transformer.ln_f", "lm_head"],
            ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"], ("position_embd", "transformer.wpe")) with
        {
            Orders = new Dictionary<string, RowOrder>
            {
                ["attn_qkv"] = RowOrder.Transposed,
                ["attn_output"] = RowOrder.Transposed,
                ["ffn_up"] = RowOrder.Transposed,
                ["ffn_down"] = RowOrder.Transposed,
            },
        },
        Other("gptneox", "gpt_neox.layers", ["gpt_neox.embed_in", "gpt_neox.final_layer_norm", "embed_out"],
            ["input_layernorm", "attention.query_key_value", "attention.dense", "post_attention_layernorm", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h"]) with
        {
            StoresTiedHead = true,
            Orders = new Dictionary<string, RowOrder> { ["attn_qkv"] = RowOrder.SplitQueryKeyValue },
        },
        Other("mpt", "transformer.blocks", ["transformer.wte", "transformer.norm_f", "lm_head"], ["norm_1", "attn.Wqkv", "attn.out_proj", "norm_2", "ffn.up_proj", "ffn.down_proj"]),
    }.ToDictionary(a => a.Name, StringComparer.Ordinal);

    /// <summary>Tensors outside blocks of most, llama.cpp's names to Hugging Face's.</summary>
    internal static IReadOnlyDictionary<string, string> UsualOutside => OutsideOf(["model.embed_tokens", "model.norm", "lm_head"]);

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

    // Families of before the Llama line, with names of their own.
    private static GgufArchitecture Other(string name, string blocks, string[] outside, string[] inside, params (string LlamaCpp, string HuggingFace)[] more)
    {
        string[] parts = ["attn_norm", "attn_qkv", "attn_output", "ffn_norm", "ffn_up", "ffn_down"];
        var around = OutsideOf(outside);
        foreach (var (llamaCpp, huggingFace) in more)
        {
            around[llamaCpp] = huggingFace;
        }

        return new GgufArchitecture(name, parts.Zip(inside).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal)) { Blocks = blocks, Outside = around };
    }

    private static Dictionary<string, string> OutsideOf(string[] names)
        => new(StringComparer.Ordinal) { ["token_embd"] = names[0], ["output_norm"] = names[1], ["output"] = names[2] };

    private static Dictionary<string, (string, string)> Experts(string part, string gate, string up, string down)
        => new() { ["ffn_gate_exps"] = ($"{part}.experts.", "." + gate), ["ffn_up_exps"] = ($"{part}.experts.", "." + up), ["ffn_down_exps"] = ($"{part}.experts.", "." + down) };
}
