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
        ["LlamaForCausalLM"] = Decoder("llama"),
        ["MistralForCausalLM"] = Decoder("llama"),
        ["MixtralForCausalLM"] = Decoder("llama"),
        ["Qwen2ForCausalLM"] = Decoder("qwen2"),
        ["Qwen3ForCausalLM"] = Decoder("qwen3"),
        ["Qwen3MoeForCausalLM"] = Decoder("qwen3moe"),
        ["Gemma2ForCausalLM"] = Decoder("gemma2"),
        ["Gemma3ForCausalLM"] = Decoder("gemma3"),
        ["Phi3ForCausalLM"] = Decoder("phi3"),
        ["SmolLM3ForCausalLM"] = Decoder("smollm3"),
        ["Olmo2ForCausalLM"] = Decoder("olmo2"),
        ["Olmo3ForCausalLM"] = Decoder("olmo2"),
        ["GraniteForCausalLM"] = Decoder("granite"),
        ["Starcoder2ForCausalLM"] = Decoder("starcoder2"),
        ["StableLmForCausalLM"] = Decoder("stablelm"),
        ["Cohere2ForCausalLM"] = Decoder("cohere2"),
        ["Glm4ForCausalLM"] = Decoder("glm4"),
        ["GptOssForCausalLM"] = Decoder("gpt-oss"),
        ["DeepseekV2ForCausalLM"] = Decoder("deepseek2"),
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

    private readonly string _blocks;
    private readonly Dictionary<string, string> _outside;
    private readonly Dictionary<string, string> _inside;
    private readonly Dictionary<string, RowOrder> _orders;
    private readonly GgufArchitecture? _decoder;

    private ExportNames(
        string architecture, string blocks, Dictionary<string, string> outside, Dictionary<string, string> inside, Dictionary<string, RowOrder> orders, GgufArchitecture? decoder = null)
    {
        Architecture = architecture;
        _blocks = blocks;
        _outside = outside;
        _inside = inside;
        _orders = orders;
        _decoder = decoder;
    }

    /// <summary>What llama.cpp calls the architecture.</summary>
    public string Architecture { get; }

    /// <summary>Whether a head that is the embedding is stored once more, since llama.cpp ties none of this architecture.</summary>
    public bool StoresTiedHead => _decoder?.StoresTiedHead ?? Architecture == "gptneox";

    /// <exception cref="ModelException">The architecture cannot be exported.</exception>
    public static ExportNames For(ModelConfig config)
        => _architectures.GetValueOrDefault(config.Architecture) ?? throw LlamaCppLimits.Unfit(config, $"names the architecture '{config.Architecture}', which cannot be exported; those that can are {string.Join(", ", _architectures.Keys)}");

    /// <summary>The places of a tensor, more than one where llama.cpp has its parts singly; none where there is no such tensor.</summary>
    /// <param name="name">Hugging Face's, without or with the prefix that the first GPT-2 checkpoints lack.</param>
    public IReadOnlyList<ExportPlace> Find(string name)
    {
        int dot = name.LastIndexOf('.');
        string kind = name[(dot + 1)..];
        string stem = dot < 0 ? "" : name[..dot];
        stem = Architecture == "gpt2" && stem != "lm_head" && !stem.StartsWith("transformer.", StringComparison.Ordinal) ? "transformer." + stem : stem;
        if (_outside.TryGetValue(stem, out string? outside))
        {
            return [new ExportPlace($"{outside}.{kind}", _decoder?.OrderOf(outside) ?? RowOrder.Same)];
        }

        var match = Block().Match(name);
        if (Architecture == "gpt2" && !name.StartsWith("transformer.", StringComparison.Ordinal))
        {
            match = Block().Match("transformer." + name);
        }

        if (!match.Success || match.Groups["blocks"].Value != _blocks)
        {
            return [];
        }

        string block = $"blk.{match.Groups["number"].Value}";
        string whole = match.Groups["part"].Value;
        string part = whole[..Math.Max(0, whole.LastIndexOf('.'))];
        return Parts(block, whole) is { Count: > 0 } parts ? parts
            : _inside.TryGetValue(part, out string? inside) ? [new ExportPlace($"{block}.{inside}.{kind}", OrderOf(inside, kind))]
            : Stacked(block, part, kind);
    }

    private RowOrder OrderOf(string inside, string kind)
        => _decoder is not null ? _decoder.OrderOf(inside)
            : _orders.GetValueOrDefault(inside) is var order && kind == "bias" && order == RowOrder.Transposed ? RowOrder.Same : order;

    private List<ExportPlace> Parts(string block, string whole)
        => [.. _decoder?.Parts.Where(p => p.Value.Name == whole).Select(p => new ExportPlace($"{block}.{p.Key}", p.Value.Order)) ?? []];

    private ExportPlace[] Stacked(string block, string part, string kind)
    {
        foreach (var (name, (before, behind)) in _decoder?.Stacks ?? new Dictionary<string, (string, string)>())
        {
            if (part.Length > before.Length + behind.Length && part.StartsWith(before, StringComparison.Ordinal) && part.EndsWith(behind, StringComparison.Ordinal)
                && part[before.Length..^behind.Length] is var digits && Number().IsMatch(digits))
            {
                return [new ExportPlace($"{block}.{name}.{kind}", RowOrder.Same, int.Parse(digits, CultureInfo.InvariantCulture))];
            }
        }

        return [];
    }

    private static ExportNames Decoder(string name)
    {
        var decoder = GgufArchitectures.Find(name)!;
        return new(name, "model.layers", Inverse(GgufArchitectures.Outside), Inverse(decoder.Inside), [], decoder);
    }

    private static ExportNames Mpt()
        => new("mpt", "transformer.blocks",
            new() { ["transformer.wte"] = "token_embd", ["transformer.norm_f"] = "output_norm", ["lm_head"] = "output" },
            new() { ["norm_1"] = "attn_norm", ["attn.Wqkv"] = "attn_qkv", ["attn.out_proj"] = "attn_output", ["norm_2"] = "ffn_norm", ["ffn.up_proj"] = "ffn_up", ["ffn.down_proj"] = "ffn_down" },
            []);

    private static Dictionary<string, string> Inverse(IReadOnlyDictionary<string, string> names) => names.ToDictionary(n => n.Value, n => n.Key, StringComparer.Ordinal);

    [GeneratedRegex(@"^(?<blocks>.+?)\.(?<number>[0-9]+)\.(?<part>.+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Block();

    [GeneratedRegex("^[0-9]{1,5}$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
