using System.Text.Json.Nodes;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Models.Layers;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>How large a model is, from its config.json alone.</summary>
/// <param name="Layers">Blocks.</param>
/// <param name="BlockWeights">Weights of all blocks.</param>
/// <param name="OtherWeights">Weights outside: embedding, head, last norm.</param>
/// <param name="HeadWeights">Weights of the head, which may be the embedding's.</param>
/// <param name="Hidden">Width of the states.</param>
/// <param name="Width">Width of attention.</param>
/// <param name="Vocabulary">Rows of the head.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="SavedPerToken">Most numbers that a block keeps for its gradient, for each token.</param>
/// <param name="Maps">Inputs and outputs of the linear maps of all blocks.</param>
public sealed record ModelCounts(
    int Layers, long BlockWeights, long OtherWeights, long HeadWeights, long Hidden, long Width, long Vocabulary, long Heads, long SavedPerToken,
    IReadOnlyList<(long Inputs, long Outputs)> Maps)
{
    private static readonly string[] _headKeys = ["num_attention_heads", "n_head", "n_heads"];

    /// <summary>All weights.</summary>
    public long Weights => BlockWeights + OtherWeights;

    /// <summary>Weights that a token is multiplied with.</summary>
    public long MatrixWeights => Maps.Sum(m => m.Inputs * m.Outputs) + HeadWeights;

    /// <summary>Counts by making each kind of block once: nothing is read or filled.</summary>
    /// <param name="path">A model's folder or config.json.</param>
    public static ModelCounts Count(string path) => Count(ModelConfig.Read(path), path);

    /// <summary>The same for a configuration that lies in no file.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="path">What messages call it.</param>
    public static ModelCounts Count(ModelConfig config, string path)
    {
        string key = config.LayerKey;
        int layers = config.LayerCount(key);
        using var one = DecoderDesign.Has(config) ? new Decoder(config, First(config), ScalarType.BFloat16) : ModelFactory.Create(With(config, key, 1, path), ScalarType.BFloat16);
        string first = one.named_parameters().Select(p => p.name).First(n => n.Contains(".0.", StringComparison.Ordinal)).Split(".0.")[0] + ".0.";
        long all = one.parameters().Sum(p => p.numel());
        long single = one.named_parameters().Where(p => p.name.StartsWith(first, StringComparison.Ordinal)).Sum(p => p.parameter.numel());
        var blocks = DecoderDesign.Has(config) ? OfDesign(DecoderDesign.FromConfig(config))
            : [new BlockCounts(single, [.. LowRankAdapters.MapsOf(one).Select(m => m.Map.Size)], layers)];
        long[] head = one.OutputWeight.shape;
        if (DecoderDesign.Has(config))
        {
            ConfigKeys.WarnOfUnknown(config); // of the others it was done where the copy with one block was made
        }

        // What maps put out; queries, keys and values once more, head by head; five times the states (both sums, both norms, the mixed values); the activated numbers.
        long saved = blocks.Max(b => b.Maps.Sum(m => m.Outputs) + (8 * head[1]) + b.Maps.Max(m => m.Inputs));
        return new ModelCounts(layers, blocks.Sum(b => b.Weights * b.Repeats), all - single, head[0] * head[1], head[1], blocks[0].Maps[0].Outputs, head[0],
            _headKeys.Where(k => config.Json[k] is not null).Select(k => (long)config.Number(k)).FirstOrDefault(1), saved,
            [.. blocks.SelectMany(b => Enumerable.Repeat(b.Maps, b.Repeats).SelectMany(m => m))]);
    }

    // Layers of one design are counted once.
    private static List<BlockCounts> OfDesign(DecoderDesign design) => [.. design.Layers.GroupBy(l => l).Select(g =>
    {
        using var layer = new DecoderLayer(g.Key, 0, ScalarType.BFloat16);
        return new BlockCounts(layer.parameters().Sum(p => p.numel()), [.. layer.named_modules().Select(m => m.module).OfType<AdaptableLinear>().Select(m => m.Size)], g.Count());
    })];

    private static DecoderDesign First(ModelConfig config) => DecoderDesign.FromConfig(config) is var design ? design with { Layers = [design.Layers[0]] } : design;

    private static ModelConfig With(ModelConfig config, string key, int layers, string path)
    {
        var json = (JsonObject)config.Json.DeepClone();
        json[key] = layers;
        return ModelConfig.From(json, path);
    }

    private sealed record BlockCounts(long Weights, IReadOnlyList<(long Inputs, long Outputs)> Maps, int Repeats);
}
