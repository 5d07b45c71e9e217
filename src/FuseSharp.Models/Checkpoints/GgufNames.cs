using System.Globalization;
using System.Text.RegularExpressions;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Translates llama.cpp's names of tensors into Hugging Face's, for the Llama line (Llama, Mistral, Mixtral) and Qwen2.</summary>
internal static partial class GgufNames
{
    private const int MostExperts = 1024; // four times the most of a published model

    /// <summary>Tensors outside blocks, llama.cpp's names to Hugging Face's.</summary>
    public static IReadOnlyDictionary<string, string> Outside { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["token_embd"] = "model.embed_tokens",
        ["output_norm"] = "model.norm",
        ["output"] = "lm_head",
    };

    /// <summary>Tensors inside a block.</summary>
    public static IReadOnlyDictionary<string, string> Inside { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
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
        ["ffn_gate_inp"] = "block_sparse_moe.gate",
    };

    /// <summary>Matrices of an expert.</summary>
    public static IReadOnlyDictionary<string, string> Expert { get; } = new Dictionary<string, string>(StringComparer.Ordinal) { ["ffn_gate"] = "w1", ["ffn_down"] = "w2", ["ffn_up"] = "w3" };

    /// <summary>The parameters that a file holds.</summary>
    /// <exception cref="ModelException">A tensor has no counterpart.</exception>
    public static IEnumerable<GgufWeight> Translate(GgufFile file)
    {
        string architecture = file.Text("general.architecture") ?? "";
        bool isInterleaved = architecture == "llama"; // llama.cpp's converter reorders rows for this architecture only
        foreach (var tensor in file.Tensors)
        {
            if (tensor.Name == "rope_freqs.weight")
            {
                continue; // the config has its meaning, see GgufConfig
            }

            var match = BlockTensor().Match(tensor.Name);
            string part = match.Success ? match.Groups["part"].Value : "";
            if (match.Success && part.EndsWith("_exps", StringComparison.Ordinal) && tensor.Shape.Count == 3 && Expert.TryGetValue(part[..^5], out string? stacked))
            {
                if (tensor.Shape[0] != file.Number($"{architecture}.expert_count", 0) || tensor.Shape[0] > MostExperts)
                {
                    throw file.Error(FormattableString.Invariant($"gives tensor '{tensor.Name}' {tensor.Shape[0]} experts, expected those of '{architecture}.expert_count', at most {MostExperts}"));
                }

                for (int e = 0; e < tensor.Shape[0]; e++)
                {
                    yield return new GgufWeight(NameOf(match, e, stacked), [tensor.Shape[1], tensor.Shape[2]], tensor, e * tensor.Shape[1] * tensor.Shape[2], 0);
                }
            }
            else if (match.Success && match.Groups["expert"].Success && Expert.TryGetValue(part, out string? single))
            {
                yield return new GgufWeight(NameOf(match, int.Parse(match.Groups["expert"].Value, CultureInfo.InvariantCulture), single), tensor.Shape, tensor, 0, 0);
            }
            else if (match.Success && !match.Groups["expert"].Success && Inside.TryGetValue(part, out string? inside))
            {
                long heads = !isInterleaved ? 0
                    : part == "attn_q" ? file.NumberOfBlocks($"{architecture}.attention.head_count")
                    : part == "attn_k" ? file.NumberOfBlocks($"{architecture}.attention.head_count_kv", file.NumberOfBlocks($"{architecture}.attention.head_count"))
                    : 0;
                if (heads < 0 || (heads > 0 && tensor.Shape[0] % (2 * heads) != 0))
                {
                    throw file.Error(FormattableString.Invariant($"gives tensor '{tensor.Name}' {tensor.Shape[0]} rows for {heads} heads, expected an even number of rows for each"));
                }

                yield return new GgufWeight($"model.layers.{match.Groups["block"].Value}.{inside}.{match.Groups["kind"].Value}", tensor.Shape, tensor, 0, heads);
            }
            else
            {
                int dot = tensor.Name.LastIndexOf('.');
                yield return dot > 0 && Outside.TryGetValue(tensor.Name[..dot], out string? outside)
                    ? new GgufWeight(outside + tensor.Name[dot..], tensor.Shape, tensor, 0, 0)
                    : throw file.Error($"holds a tensor '{tensor.Name}', which {architecture} models here have no place for");
            }
        }
    }

    private static string NameOf(Match match, int expert, string matrix)
        => string.Create(CultureInfo.InvariantCulture, $"model.layers.{match.Groups["block"].Value}.block_sparse_moe.experts.{expert}.{matrix}.weight");

    [GeneratedRegex(@"^blk\.(?<block>[0-9]{1,5})\.(?<part>[a-z_]+)(\.(?<expert>[0-9]{1,5}))?\.(?<kind>weight|bias)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex BlockTensor();
}
