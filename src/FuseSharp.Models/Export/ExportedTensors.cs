using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Tokenizers.Gguf;


namespace FuseSharp.Models.Export;

/// <summary>Finds out which tensors a GGUF file gets.</summary>
internal static class ExportedTensors
{
    private const string Embedding = "token_embd.weight";
    private const string Head = "output.weight";

    private static readonly string[] _noWeights = [".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias"];
    private static readonly string[] _small = [".ffn_gate_inp.weight", "_norm.weight", ".bias"]; // whatever their shape
    private static readonly string[] _heads = ["lm_head.weight", "embed_out.weight"];

    /// <summary>The tensors, in the order in which the files hold them.</summary>
    /// <exception cref="ModelException">A tensor has no place in the architecture, or one is missing or there twice.</exception>
    public static List<ExportedTensor> List(ModelConfig config, ExportNames names, List<ITensorSource> sources, ExportType type)
    {
        var design = DecoderDesign.Has(config) ? DecoderDesign.FromConfig(config) : null;
        bool isTied = config.IsTied;
        var found = new List<(ExportPlace Place, ITensorSource Source, string Stored)>();
        foreach (var (source, stored) in sources.SelectMany(s => s.Names.Select(n => (s, n))))
        {
            if ((isTied && _heads.Contains(stored)) || Array.Exists(_noWeights, s => stored.EndsWith(s, StringComparison.Ordinal)))
            {
                continue;
            }

            var places = names.Find(stored);
            found.AddRange(places.Count > 0 ? places.Select(p => (p, source, stored))
                : throw new ModelException($"'{source.Path}' holds a tensor '{stored}' that llama.cpp's {names.Architecture} has no place for. Use the config.json that belongs to the weights."));
        }

        List<ExportedTensor> tensors = [.. found.GroupBy(f => f.Place.Name, StringComparer.Ordinal).Select(g => Stacked(config, [.. g.OrderBy(f => f.Place.Expert)], CountOf(design, g.Key), type))];
        string path = sources[0].Path;
        var embedding = tensors.Find(t => t.Name == Embedding) ?? throw new ModelException($"'{path}' lacks the embedding. Use the config.json that belongs to the weights.");
        if (isTied && names.StoresTiedHead)
        {
            tensors.Add(embedding with { Name = Head }); // llama.cpp ties no head of this architecture
        }

        return isTied || tensors.Exists(t => t.Name == Head) ? tensors
            : throw new ModelException($"'{path}' lacks the head, which config.json does not tie to the embedding. Use the config.json that belongs to the weights.");
    }

    // How many tensors of Hugging Face's one that holds many has: heads of queries or keys, else experts.
    private static int CountOf(DecoderDesign? design, string name)
        => name.Contains(".attn_q_norm.", StringComparison.Ordinal) ? design!.Layers[0].Attention.Heads
            : name.Contains(".attn_k_norm.", StringComparison.Ordinal) ? design!.Layers[0].Attention.KeyValueHeads
            : design?.Layers[^1].FeedForward.Experts?.Count ?? 0;

    private static ExportedTensor Stacked(ModelConfig config, (ExportPlace Place, ITensorSource Source, string Stored)[] parts, int experts, ExportType type)
    {
        var (place, source, stored) = parts[0];
        int[] expected = place.Expert is null ? [0] : [.. Enumerable.Range(0, experts)];
        if (!parts.Select(p => p.Place.Expert ?? 0).SequenceEqual(expected))
        {
            throw new ModelException(FormattableString.Invariant($"'{source.Path}' and the files beside it hold {parts.Length} tensors such as '{stored}', expected {expected.Length}. Use the config.json that belongs to the weights."));
        }

        long[] shape = [.. source.ShapeOf(stored)];
        if (parts.FirstOrDefault(p => !p.Source.ShapeOf(p.Stored).SequenceEqual(shape)) is { Stored: { } other })
        {
            throw new ModelException($"'{source.Path}' holds tensors '{stored}' and '{other}' of different shapes, expected experts of one. Copy or download the files again.");
        }

        shape = place.Expert is null ? RowLayout.ShapeOf(config, source.Path, stored, shape, place.Order) : [experts, .. shape];
        return new ExportedTensor(place.Name, shape, TypeOf(place.Name, shape, type), place.Order, [.. parts.Select(p => (p.Source, p.Stored))]);
    }

    private static GgufType TypeOf(string name, long[] shape, ExportType type)
        => shape.Length < 2 || name == "position_embd.weight" || _small.Any(e => name.EndsWith(e, StringComparison.Ordinal)) ? GgufType.F32
            : type switch
            {
                ExportType.F32 => GgufType.F32,
                ExportType.Bf16 => GgufType.BF16,
                ExportType.Q8 when shape[^1] % GgufBlocks.SizeOf(GgufType.Q8_0).Elements == 0 => GgufType.Q8_0,
                _ => GgufType.F16,
            };
}
