using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Gguf;
using FuseSharp.Torch.Adapters;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>A model's shape, as Hugging Face's config.json gives it.</summary>
public sealed class ModelConfig
{
    private const long LargestFile = 16 << 20;

    // No published model comes near; a config that lies must not get memory first.
    private const int LargestSize = 1 << 24;
    private const int LargestLayerCount = 10_000;

    private readonly string _path;

    private ModelConfig(JsonObject json, string path)
    {
        Json = json;
        _path = path;
        Architecture = Json["architectures"] is JsonArray { Count: > 0 } list && list[0] is JsonValue value && value.TryGetValue(out string? name)
            ? name : throw Fault("names no architecture");
    }

    /// <summary>The whole file, kept for saving.</summary>
    public JsonObject Json { get; }

    /// <summary>Such as <c>LlamaForCausalLM</c>.</summary>
    public string Architecture { get; }

    /// <summary>Rows of the embedding.</summary>
    public int VocabularySize => Number("vocab_size");

    /// <summary>Longest sequence the model was made for, tokens.</summary>
    public int ContextLength => Number(Json.ContainsKey("max_seq_len") ? "max_seq_len" : Json.ContainsKey("n_positions") ? "n_positions" : "max_position_embeddings");

    /// <summary>Ids that end what the model writes, beside the tokenizer's end-of-text token: chat models of the Llama 3 family have several.</summary>
    public IReadOnlyList<int> EndIds => [.. (Json["eos_token_id"] as IEnumerable<JsonNode?> ?? [Json["eos_token_id"]]).OfType<JsonValue>().Select(v => v.TryGetValue(out int id) ? id : -1)];

    /// <summary>Type in which the weights are stored.</summary>
    public ScalarType StorageType => Text("torch_dtype", Text("dtype", "float32")) switch
    {
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        "float16" => ScalarType.Float16,
        var other => throw Fault($"has torch_dtype '{other}', expected float32, float16 or bfloat16"),
    };

    /// <summary>Reads the shape of a model.</summary>
    /// <param name="path">A model's folder, a config.json, or a GGUF file, whose metadata say the same.</param>
    /// <exception cref="ModelException">It is missing or not such a file.</exception>
    public static ModelConfig Read(string path)
    {
        if (GgufFile.IsGguf(path))
        {
            return Of(GgufConfig.Of(GgufFile.Read(path)), path);
        }

        if (AdapterFolder.Is(path) && !File.Exists(Path.Combine(path, "config.json")))
        {
            return Read(AdapterFolder.BaseOf(path));
        }

        string file = Directory.Exists(path) ? Path.Combine(path, "config.json") : path;
        if (!File.Exists(file) || new FileInfo(file).Length > LargestFile)
        {
            throw new ModelException($"There is no config.json at '{path}'. Name the folder of a Hugging Face model, or a .gguf file.");
        }

        try
        {
            return new ModelConfig(JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw new JsonException("not an object"), file);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new ModelException($"'{file}' is not a model's config.json: {fault.Message}", fault);
        }
    }

    // Through text: values of parsed JSON answer to any number type, values made in memory only to their own.
    internal static ModelConfig Of(JsonObject json, string path) => new((JsonObject)JsonNode.Parse(json.ToJsonString())!, path);

    /// <summary>A number of blocks.</summary>
    internal int LayerCount(string key)
    {
        int count = Number(key);
        return count <= LargestLayerCount ? count
            : throw Fault(string.Create(CultureInfo.InvariantCulture, $"has '{key}' {count}, expected at most {LargestLayerCount}"));
    }

    /// <summary>A whole number, at least 1.</summary>
    public int Number(string key, int? otherwise = null)
        => Json[key] is JsonValue value && value.TryGetValue(out int number) ? (number is > 0 and <= LargestSize ? number : throw Fault(string.Create(CultureInfo.InvariantCulture, $"has '{key}' {number}, expected 1 to {LargestSize}")))
            : otherwise ?? throw Fault($"lacks the whole number '{key}'");

    /// <summary>A number.</summary>
    public double Real(string key, double otherwise) => Json[key] is JsonValue value && value.TryGetValue(out double number) ? number : otherwise;

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool otherwise) => Json[key] is JsonValue value && value.TryGetValue(out bool flag) ? flag : otherwise;

    /// <summary>A text.</summary>
    public string Text(string key, string otherwise) => Json[key] is JsonValue value && value.TryGetValue(out string? text) ? text : otherwise;

    internal ModelException Fault(string what) => new($"'{_path}' {what}. Use the config.json that belongs to the weights.");
}
