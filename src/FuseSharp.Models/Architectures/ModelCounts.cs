using System.Text.Json.Nodes;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Layers;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>How large a model is, from its config.json alone.</summary>
/// <param name="Layers">Blocks.</param>
/// <param name="LayerWeights">Weights of a block.</param>
/// <param name="OtherWeights">Weights outside: embedding, head, last norm.</param>
/// <param name="HeadWeights">Weights of the head, which may be the embedding's.</param>
/// <param name="Hidden">Width of the states.</param>
/// <param name="Width">Width of attention.</param>
/// <param name="Vocabulary">Rows of the head.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="SavedPerToken">Numbers that a block keeps for its gradient, for each token.</param>
/// <param name="Maps">Inputs and outputs of a block's linear maps.</param>
public sealed record ModelCounts(
    int Layers, long LayerWeights, long OtherWeights, long HeadWeights, long Hidden, long Width, long Vocabulary, long Heads, long SavedPerToken,
    IReadOnlyList<(long Inputs, long Outputs)> Maps)
{
    private static readonly string[] _layerKeys = ["num_hidden_layers", "n_layer", "n_layers"];
    private static readonly string[] _headKeys = ["num_attention_heads", "n_head", "n_heads"];

    /// <summary>All weights.</summary>
    public long Weights => (Layers * LayerWeights) + OtherWeights;

    /// <summary>Weights that a token is multiplied with.</summary>
    public long MatrixWeights => (Layers * Maps.Sum(m => m.Inputs * m.Outputs)) + HeadWeights;

    /// <summary>Counts by making the model with one block and with none beyond it: nothing is read or filled.</summary>
    /// <param name="path">A model's folder or config.json.</param>
    public static ModelCounts Count(string path) => Count(ModelConfig.Read(path), path);

    /// <summary>The same for a configuration that lies in no file.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="path">What messages call it.</param>
    public static ModelCounts Count(ModelConfig config, string path)
    {
        string key = Array.Find(_layerKeys, k => config.Json[k] is not null) ?? throw config.Error($"names no number of blocks ({string.Join(", ", _layerKeys)})");
        using var one = ModelFactory.Create(With(config, key, 1, path), ScalarType.BFloat16);
        using var two = ModelFactory.Create(With(config, key, 2, path), ScalarType.BFloat16);
        long single = one.parameters().Sum(p => p.numel());
        long layer = two.parameters().Sum(p => p.numel()) - single;
        var maps = one.named_modules().Select(m => (m.name, Map: m.module as AdaptableLinear))
            .Where(m => m.Map is not null && !m.name.EndsWith("lm_head", StringComparison.Ordinal) && !m.name.EndsWith("embed_out", StringComparison.Ordinal))
            .Select(m => m.Map!.Size).ToList();
        long[] head = one.OutputWeight.shape;

        // What maps put out; queries, keys and values once more, head by head; five times the states (both sums, both norms, the mixed values); the activated numbers.
        long saved = maps.Sum(m => m.Outputs) + (8 * head[1]) + maps.Max(m => m.Inputs);
        return new ModelCounts(config.LayerCount(key), layer, single - layer, head[0] * head[1], head[1], maps[0].Outputs, head[0],
            _headKeys.Where(k => config.Json[k] is not null).Select(k => (long)config.Number(k)).FirstOrDefault(1), saved, maps);
    }

    private static ModelConfig With(ModelConfig config, string key, int layers, string path)
    {
        var json = (JsonObject)config.Json.DeepClone();
        json[key] = layers;
        return ModelConfig.From(json, path);
    }
}
