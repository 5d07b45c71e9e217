using System.Globalization;
using System.Text.RegularExpressions;
using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Export;

/// <summary>llama.cpp's names for the tensors of an architecture.</summary>
internal sealed partial class ExportNames
{
    private static readonly Dictionary<string, ExportNames> _architectures = new(StringComparer.Ordinal)
    {
        ["LlamaForCausalLM"] = Llama("llama", isInterleaved: true),
        ["MistralForCausalLM"] = Llama("llama", isInterleaved: true),
        ["MixtralForCausalLM"] = Llama("llama", isInterleaved: true),
        ["Qwen2ForCausalLM"] = Llama("qwen2", isInterleaved: false),
        ["GPT2LMHeadModel"] = new("gpt2", "transformer.h",
            new() { ["transformer.wte"] = "token_embd", ["transformer.wpe"] = "position_embd", ["transformer.ln_f"] = "output_norm", ["lm_head"] = "output" },
            new() { ["ln_1"] = "attn_norm", ["attn.c_attn"] = "attn_qkv", ["attn.c_proj"] = "attn_output", ["ln_2"] = "ffn_norm", ["mlp.c_fc"] = "ffn_up", ["mlp.c_proj"] = "ffn_down" },
            new() { ["attn_qkv"] = RowOrder.Transposed, ["attn_output"] = RowOrder.Transposed, ["ffn_up"] = RowOrder.Transposed, ["ffn_down"] = RowOrder.Transposed }),
        ["GPTNeoXForCausalLM"] = new("gptneox", "gpt_neox.layers",
            new() { ["gpt_neox.embed_in"] = "token_embd", ["gpt_neox.final_layer_norm"] = "output_norm", ["embed_out"] = "output" },
            new()
            {
                ["input_layernorm"] = "attn_norm",
                ["attention.query_key_value"] = "attn_qkv",
                ["attention.dense"] = "attn_output",
                ["post_attention_layernorm"] = "ffn_norm",
                ["mlp.dense_h_to_4h"] = "ffn_up",
                ["mlp.dense_4h_to_h"] = "ffn_down",
            },
            new() { ["attn_qkv"] = RowOrder.SplitQueryKeyValue }),
        ["MptForCausalLM"] = Mpt(),
        ["MPTForCausalLM"] = Mpt(),
    };

    private static readonly Dictionary<string, string> _experts = Inverse(GgufNames.Expert);

    private readonly string _blocks;
    private readonly Dictionary<string, string> _outside;
    private readonly Dictionary<string, string> _inside;
    private readonly Dictionary<string, RowOrder> _orders;

    private ExportNames(string architecture, string blocks, Dictionary<string, string> outside, Dictionary<string, string> inside, Dictionary<string, RowOrder> orders)
    {
        Architecture = architecture;
        _blocks = blocks;
        _outside = outside;
        _inside = inside;
        _orders = orders;
    }

    /// <summary>What llama.cpp calls the architecture.</summary>
    public string Architecture { get; }

    /// <exception cref="ModelException">The architecture cannot be exported.</exception>
    public static ExportNames For(ModelConfig config)
        => _architectures.GetValueOrDefault(config.Architecture) ?? throw config.Error($"names the architecture '{config.Architecture}', which cannot be exported; those that can are {string.Join(", ", _architectures.Keys)}");

    /// <summary>The place of a tensor; null where there is none.</summary>
    /// <param name="name">Hugging Face's, without or with the prefix that the first GPT-2 checkpoints lack.</param>
    public ExportPlace? Find(string name)
    {
        int dot = name.LastIndexOf('.');
        string kind = name[(dot + 1)..];
        string stem = dot < 0 ? "" : name[..dot];
        stem = Architecture == "gpt2" && stem != "lm_head" && !stem.StartsWith("transformer.", StringComparison.Ordinal) ? "transformer." + stem : stem;
        if (_outside.TryGetValue(stem, out string? outside))
        {
            return new ExportPlace($"{outside}.{kind}", RowOrder.Same);
        }

        var match = Block().Match(stem);
        if (!match.Success || match.Groups["blocks"].Value != _blocks)
        {
            return null;
        }

        string block = $"blk.{match.Groups["number"].Value}";
        string part = match.Groups["part"].Value;
        if (_inside.TryGetValue(part, out string? inside))
        {
            var order = _orders.GetValueOrDefault(inside);
            return new ExportPlace($"{block}.{inside}.{kind}", kind == "bias" && order == RowOrder.Transposed ? RowOrder.Same : order);
        }

        var expert = Expert().Match(part);
        return expert.Success && _experts.TryGetValue(expert.Groups["matrix"].Value, out string? matrix)
            ? new ExportPlace($"{block}.{matrix}_exps.{kind}", RowOrder.Same, int.Parse(expert.Groups["expert"].Value, CultureInfo.InvariantCulture))
            : null;
    }

    private static ExportNames Llama(string architecture, bool isInterleaved)
        => new(architecture, "model.layers", Inverse(GgufNames.Outside), Inverse(GgufNames.Inside),
            isInterleaved ? new() { ["attn_q"] = RowOrder.InterleavedQueries, ["attn_k"] = RowOrder.InterleavedKeys } : []);

    private static ExportNames Mpt()
        => new("mpt", "transformer.blocks",
            new() { ["transformer.wte"] = "token_embd", ["transformer.norm_f"] = "output_norm", ["lm_head"] = "output" },
            new() { ["norm_1"] = "attn_norm", ["attn.Wqkv"] = "attn_qkv", ["attn.out_proj"] = "attn_output", ["norm_2"] = "ffn_norm", ["ffn.up_proj"] = "ffn_up", ["ffn.down_proj"] = "ffn_down" },
            []);

    private static Dictionary<string, string> Inverse(IReadOnlyDictionary<string, string> names) => names.ToDictionary(n => n.Value, n => n.Key, StringComparer.Ordinal);

    [GeneratedRegex(@"^(?<blocks>.+?)\.(?<number>[0-9]+)\.(?<part>.+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Block();

    [GeneratedRegex(@"^block_sparse_moe\.experts\.(?<expert>[0-9]{1,5})\.(?<matrix>w[0-9])$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Expert();
}
