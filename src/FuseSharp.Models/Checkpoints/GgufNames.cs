using System.Globalization;
using System.Text.RegularExpressions;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Translates llama.cpp's names of tensors into Hugging Face's, for the decoders of <see cref="GgufArchitectures"/>.</summary>
internal static partial class GgufNames
{
    private const int MostInOne = 1024; // experts or heads: four times the most of a published model

    // The config has their meaning, see GgufRotary.
    private static readonly string[] _inConfig = ["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"];

    /// <summary>The parameters that a file holds.</summary>
    /// <exception cref="ModelException">A tensor has no counterpart.</exception>
    public static IEnumerable<GgufWeight> Translate(GgufFile file)
    {
        string name = file.Text("general.architecture") ?? "";
        var architecture = GgufArchitectures.Find(name) ?? throw file.Error($"holds a model of the architecture '{name}', which is not supported");
        return file.Tensors.Where(t => !_inConfig.Contains(t.Name)).SelectMany(t => Translate(file, architecture, t));
    }

    private static IEnumerable<GgufWeight> Translate(GgufFile file, GgufArchitecture architecture, GgufTensor tensor)
    {
        var match = BlockTensor().Match(tensor.Name);
        if (!match.Success)
        {
            int dot = tensor.Name.LastIndexOf('.');
            return dot > 0 && architecture.Outside.TryGetValue(tensor.Name[..dot], out string? outside)
                ? [new GgufWeight(outside + tensor.Name[dot..], tensor.Shape, tensor, architecture.OrderOf(tensor.Name[..dot], tensor.Name[(dot + 1)..]))]
                : throw NoPlace(file, architecture, tensor);
        }

        string part = match.Groups["part"].Value;
        string kind = match.Groups["kind"].Value;
        string block = $"{architecture.Blocks}.{match.Groups["block"].Value}.";
        if (match.Groups["expert"].Success)
        {
            // Mixtral's files of before April 2024 have a tensor for each expert.
            return architecture.Name == "llama" && architecture.Stacks.TryGetValue(part + "_exps", out var single)
                ? [new GgufWeight($"{block}{single.Before}{match.Groups["expert"].Value}{single.Behind}.{kind}", tensor.Shape, tensor)]
                : throw NoPlace(file, architecture, tensor);
        }

        return architecture.Parts.TryGetValue($"{part}.{kind}", out var piece) ? Joined(file, tensor, block + piece.Name, piece.Order)
            : architecture.Stacks.TryGetValue(part, out var stack) ? Unstacked(file, architecture, tensor, part, i => string.Create(CultureInfo.InvariantCulture, $"{block}{stack.Before}{i}{stack.Behind}.{kind}"))
            : architecture.Inside.TryGetValue(part, out string? inside) ? [Plain(file, architecture, tensor, part, kind, $"{block}{inside}.{kind}")]
            : throw NoPlace(file, architecture, tensor);
    }

    private static ModelException NoPlace(GgufFile file, GgufArchitecture architecture, GgufTensor tensor)
        => file.Error($"holds a tensor '{tensor.Name}', which {architecture.Name} models here have no place for");

    private static GgufWeight Plain(GgufFile file, GgufArchitecture architecture, GgufTensor tensor, string part, string kind, string name)
    {
        var order = architecture.OrderOf(part, kind);
        string key = $"{architecture.Name}.attention.head_count";
        long heads = order switch
        {
            RowOrder.InterleavedQueries or RowOrder.SplitQueryKeyValue => file.NumberOfBlocks(key),
            RowOrder.InterleavedKeys => file.NumberOfBlocks(key + "_kv", file.NumberOfBlocks(key)),
            _ => 1,
        };
        long each = order switch { RowOrder.InterleavedQueries or RowOrder.InterleavedKeys => 2, RowOrder.SplitQueryKeyValue => 3, _ => 1 };
        return each > 1 && (heads < 1 || tensor.Shape[0] % (each * heads) != 0)
            ? throw file.Error(FormattableString.Invariant($"gives tensor '{tensor.Name}' {tensor.Shape[0]} rows for {heads} heads, expected a multiple of {each} for each"))
            : order == RowOrder.Transposed && tensor.Shape.Count != 2 ? throw Unfit(file, tensor)
            : new GgufWeight(name, order == RowOrder.Transposed ? [tensor.Shape[1], tensor.Shape[0]] : tensor.Shape, tensor, order) { Heads = heads };
    }

    private static IEnumerable<GgufWeight> Unstacked(GgufFile file, GgufArchitecture architecture, GgufTensor tensor, string part, Func<int, string> nameOf)
    {
        string key = architecture.Name + part switch { "attn_q_norm" => ".attention.head_count", "attn_k_norm" => ".attention.head_count_kv", _ => ".expert_count" };
        if (tensor.Shape.Count < 2 || tensor.Shape[0] != file.NumberOfBlocks(key, 0) || tensor.Shape[0] > MostInOne)
        {
            throw file.Error(FormattableString.Invariant($"gives tensor '{tensor.Name}' {tensor.Shape[0]} {(key.EndsWith("expert_count", StringComparison.Ordinal) ? "experts" : "heads")}, expected those of '{key}', at most {MostInOne}"));
        }

        long each = tensor.ElementCount / Math.Max(1, tensor.Shape[0]);
        long[] shape = [.. tensor.Shape.Skip(1)];
        return Enumerable.Range(0, (int)tensor.Shape[0]).Select(i => new GgufWeight(nameOf(i), shape, tensor) { FirstElement = i * each });
    }

    private static IEnumerable<GgufWeight> Joined(GgufFile file, GgufTensor tensor, string name, RowOrder order)
    {
        var shape = tensor.Shape;
        switch (order)
        {
            case RowOrder.OddColumns or RowOrder.LatentValues:
                return []; // beside their other parts
            case RowOrder.TransposedExperts:
                return shape.Count == 3 ? [new GgufWeight(name, [shape[0], shape[2], shape[1]], tensor, order)] : throw Unfit(file, tensor);
            case RowOrder.EvenColumns:
                var up = Other(file, tensor, "ffn_gate_exps", "ffn_up_exps");
                return !up.Shape.SequenceEqual(shape) || shape.Count is not (2 or 3) ? throw Unfit(file, tensor)
                    : [new GgufWeight(name, shape.Count == 3 ? [shape[0], shape[2], 2 * shape[1]] : [shape[0], 2 * shape[1]], tensor, order) { Second = up }];
            case RowOrder.LatentKeys:
                var values = Other(file, tensor, "attn_k_b", "attn_v_b");
                return shape.Count != 3 || values.Shape.Count != 3 || values.Shape[0] != shape[0] || values.Shape[2] != shape[1] ? throw Unfit(file, tensor)
                    : [new GgufWeight(name, [shape[0] * (shape[2] + values.Shape[1]), shape[1]], tensor, order) { Second = values }];
            default:
                return [new GgufWeight(name, shape, tensor, order)];
        }
    }

    private static GgufTensor Other(GgufFile file, GgufTensor tensor, string part, string other)
    {
        string name = tensor.Name.Replace(part, other, StringComparison.Ordinal);
        return file.Tensors.FirstOrDefault(t => t.Name == name) ?? throw file.Error($"holds '{tensor.Name}' without '{name}'");
    }

    private static ModelException Unfit(GgufFile file, GgufTensor tensor)
        => file.Error($"gives tensor '{tensor.Name}' the shape [{string.Join(", ", tensor.Shape)}], which does not fit its other parts");

    [GeneratedRegex(@"^blk\.(?<block>[0-9]{1,5})\.(?<part>[a-z_]+)(\.(?<expert>[0-9]{1,5}))?\.(?<kind>weight|bias)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex BlockTensor();
}
