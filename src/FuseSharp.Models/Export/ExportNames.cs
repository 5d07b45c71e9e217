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
        ["LlamaForCausalLM"] = new("llama"),
        ["MistralForCausalLM"] = new("llama"),
        ["MixtralForCausalLM"] = new("llama"),
        ["Qwen2ForCausalLM"] = new("qwen2"),
        ["Qwen3ForCausalLM"] = new("qwen3"),
        ["Qwen3MoeForCausalLM"] = new("qwen3moe"),
        ["Gemma2ForCausalLM"] = new("gemma2"),
        ["Gemma3ForCausalLM"] = new("gemma3"),
        ["Phi3ForCausalLM"] = new("phi3"),
        ["SmolLM3ForCausalLM"] = new("smollm3"),
        ["Olmo2ForCausalLM"] = new("olmo2"),
        ["Olmo3ForCausalLM"] = new("olmo2"),
        ["GraniteForCausalLM"] = new("granite"),
        ["Starcoder2ForCausalLM"] = new("starcoder2"),
        ["StableLmForCausalLM"] = new("stablelm"),
        ["Cohere2ForCausalLM"] = new("cohere2"),
        ["Glm4ForCausalLM"] = new("glm4"),
        ["GptOssForCausalLM"] = new("gpt-oss"),
        ["DeepseekV2ForCausalLM"] = new("deepseek2"),
        ["GPT2LMHeadModel"] = new("gpt2"),
        ["GPTNeoXForCausalLM"] = new("gptneox"),
        ["MptForCausalLM"] = new("mpt"),
        ["MPTForCausalLM"] = new("mpt"),
    };

    private readonly GgufArchitecture _decoder;
    private readonly Dictionary<string, string> _outside;
    private readonly Dictionary<string, string> _inside;

    private ExportNames(string architecture)
    {
        _decoder = GgufArchitectures.Find(architecture)!;
        _outside = Inverse(_decoder.Outside);
        _inside = Inverse(_decoder.Inside);
    }

    /// <summary>What llama.cpp calls the architecture.</summary>
    public string Architecture => _decoder.Name;

    /// <summary>Whether a head that is the embedding is stored once more, since llama.cpp ties none of this architecture.</summary>
    public bool StoresTiedHead => _decoder.StoresTiedHead;

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
            return [new ExportPlace($"{outside}.{kind}", _decoder.OrderOf(outside, kind))];
        }

        var match = Block().Match(name);
        if (Architecture == "gpt2" && !name.StartsWith("transformer.", StringComparison.Ordinal))
        {
            match = Block().Match("transformer." + name);
        }

        if (!match.Success || match.Groups["blocks"].Value != _decoder.Blocks)
        {
            return [];
        }

        string block = $"blk.{match.Groups["number"].Value}";
        string whole = match.Groups["part"].Value;
        string part = whole[..Math.Max(0, whole.LastIndexOf('.'))];
        return Parts(block, whole) is { Count: > 0 } parts ? parts
            : _inside.TryGetValue(part, out string? inside) ? [new ExportPlace($"{block}.{inside}.{kind}", _decoder.OrderOf(inside, kind))]
            : Stacked(block, part, kind);
    }

    private List<ExportPlace> Parts(string block, string whole)
        => [.. _decoder.Parts.Where(p => p.Value.Name == whole).Select(p => new ExportPlace($"{block}.{p.Key}", p.Value.Order))];

    private ExportPlace[] Stacked(string block, string part, string kind)
    {
        foreach (var (name, (before, behind)) in _decoder.Stacks)
        {
            if (part.Length > before.Length + behind.Length && part.StartsWith(before, StringComparison.Ordinal) && part.EndsWith(behind, StringComparison.Ordinal)
                && part[before.Length..^behind.Length] is var digits && Number().IsMatch(digits))
            {
                return [new ExportPlace($"{block}.{name}.{kind}", RowOrder.Same, int.Parse(digits, CultureInfo.InvariantCulture))];
            }
        }

        return [];
    }

    private static Dictionary<string, string> Inverse(IReadOnlyDictionary<string, string> names) => names.ToDictionary(n => n.Value, n => n.Key, StringComparer.Ordinal);

    [GeneratedRegex(@"^(?<blocks>.+?)\.(?<number>[0-9]+)\.(?<part>.+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Block();

    [GeneratedRegex("^[0-9]{1,5}$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
