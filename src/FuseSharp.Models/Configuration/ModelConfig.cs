using System.Globalization;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Json;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace FuseSharp.Models.Configuration;

/// <summary>A model's shape, as Hugging Face's config.json gives it.</summary>
public sealed class ModelConfig
{
    private const long LargestFile = 16 << 20;

    // No published model comes near; a config that lies must not get memory first.
    private const int LargestSize = 1 << 24;
    private const int LargestLayerCount = 10_000;

    private static readonly string[] _layerKeys = ["num_hidden_layers", "n_layer", "n_layers"];

    private readonly string _path;
    private readonly JsonKeys _keys;

    private ModelConfig(JsonObject json, string path)
    {
        Json = json;
        _path = path;
        _keys = new JsonKeys(json, what => Error(what));
        if ((json["quantization_config"] ?? json["compression_config"]) is JsonObject quantization) // the second is compressed-tensors' older name
        {
            string method = quantization["quant_method"] is JsonValue value && value.TryGetValue(out string? name) ? name : "an unnamed method";
            throw new ModelException($"'{path}' belongs to weights that are quantized ('{(json["quantization_config"] is null ? "compression_config" : "quantization_config")}' of {method}), which is not supported. Take the model without quantization, or as a GGUF file.");
        }

        Architecture = ArchitectureOf();
    }

    /// <summary>The file that it was read from.</summary>
    internal string Path => _path;

    /// <summary>Its keys; those that were asked for are honoured.</summary>
    internal JsonKeys Keys => _keys;

    /// <summary>The whole file, kept for saving.</summary>
    public JsonObject Json { get; }

    /// <summary>Such as <c>LlamaForCausalLM</c>.</summary>
    public string Architecture { get; }

    /// <summary>Whether the head is the embedding: as the file says, or the family where it does not.</summary>
    public bool IsTied => Flag("tie_word_embeddings", ModelFamilies.Find(Architecture)?.IsTied ?? false);

    /// <summary>Rows of the embedding.</summary>
    public int VocabularySize => Number("vocab_size");

    /// <summary>Longest sequence the model was made for, tokens.</summary>
    public int ContextLength => Number(Architecture switch
    {
        "MptForCausalLM" or "MPTForCausalLM" => "max_seq_len",
        "GPT2LMHeadModel" when Json.ContainsKey("n_positions") => "n_positions",
        _ => "max_position_embeddings",
    });

    /// <summary>Ids that end what the model writes, beside the tokenizer's end-of-text token: chat models of the Llama 3 family have several.</summary>
    /// <remarks>Those of generation_config.json where it names some, else those of config.json, as transformers has it.</remarks>
    public IReadOnlyList<int> EndIds => GenerationEndIds ?? IdsOf(Json["eos_token_id"], _path);

    private IReadOnlyList<int>? GenerationEndIds => Generation?["eos_token_id"] is { } ends ? IdsOf(ends, System.IO.Path.Combine(Folder ?? "", GenerationFile)) : null;

    /// <summary>generation_config.json; null where there is none.</summary>
    internal JsonObject? Generation { get; private init; }

    /// <summary>Type in which the weights are stored.</summary>
    /// <remarks>Where both keys stand there transformers 5 goes by the newer.</remarks>
    public ScalarType StorageType => Text("dtype", Text("torch_dtype", "float32")) switch
    {
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        "float16" => ScalarType.Float16,
        var other => throw Error($"has dtype '{other}', expected float32, float16 or bfloat16"),
    };

    /// <summary>Reads the shape of a model.</summary>
    /// <param name="path">A model's folder, an adapter's (the shape of its base, with a head of its own where the adapter makes head and embedding differ), a config.json, or a GGUF file, whose metadata say the same.</param>
    /// <exception cref="ModelException">It is missing or not such a file.</exception>
    public static ModelConfig Read(string path)
    {
        if (GgufFile.IsGguf(path))
        {
            var file = GgufFile.Read(path);
            return new((JsonObject)JsonNode.Parse(GgufConfig.Translate(file).ToJsonString())!, path) { GgufKind = file.Text("general.architecture") };
        }

        if (AdapterBase.Is(path))
        {
            var config = File.Exists(System.IO.Path.Combine(path, "config.json")) ? ReadFile(path) : Read(AdapterBase.Find(path));
            return AdaptedHead.IsOwn(path) ? config.WithOwnHead() : config;
        }

        var own = ReadFile(path);
        if (!own.IsTied || !Directory.Exists(path) || !StoredHead.IsOwn(path))
        {
            return own;
        }

        Warnings.Once($"'{path}' holds a head that is not its embedding, although its config.json ties them (tie_word_embeddings): the head is used, as in transformers 5.");
        return own.WithOwnHead();
    }

    private static ModelConfig ReadFile(string path)
    {
        string file = Directory.Exists(path) ? System.IO.Path.Combine(path, "config.json") : path;
        if (!File.Exists(file) || BoundedFile.LengthOf(file) > LargestFile)
        {
            const string Other = "Name the folder of a Hugging Face model, or a .gguf file.";
            throw new ModelException($"There is no config.json at '{path}'. {(System.IO.Path.Exists(path) ? Other : MissingPath.ModelRemedy(path, Other))}");
        }

        string generation = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!, GenerationFile);
        bool hasGeneration = System.IO.Path.GetFileName(file) == "config.json" && File.Exists(generation);
        return new ModelConfig(JsonFile.Read(file, "a model's config.json"), file) { Generation = hasGeneration ? JsonFile.Read(generation, "a generation_config.json") : null };
    }

    /// <summary>Name of the file that says how a model is meant to write.</summary>
    public const string GenerationFile = "generation_config.json";

    /// <summary>The folder that it was read from; null for one that was not read from a folder.</summary>
    internal string? Folder => System.IO.Path.GetFileName(_path) == "config.json" ? System.IO.Path.GetDirectoryName(_path) : null;

    private static int[] IdsOf(JsonNode? node, string file)
        => node is null ? [] : [.. (node as JsonArray ?? (IEnumerable<JsonNode?>)[node]).Select(n => n is JsonValue whole && whole.TryGetValue(out int known) ? known : n is JsonValue value && value.TryGetValue(out double id) && id == Math.Floor(id) && Math.Abs(id) <= int.MaxValue ? (int)id
            : throw new ModelException($"'{file}' has 'eos_token_id' {JsonFile.Shown(node)}, expected a token's id or a list of them. Correct the file."))];

    private string ArchitectureOf()
    {
        string? named = Json["architectures"] is JsonArray { Count: > 0 } list && list[0] is JsonValue value && value.TryGetValue(out string? name) ? name : null;
        return named == "LLaMAForCausalLM" ? "LlamaForCausalLM" // OpenLLaMA's first files
            : named ?? (_keys.Text("model_type") is { } type ? ModelFamilies.ArchitectureOf(type) ?? throw Error($"names no architecture and the model_type '{type}', known are {string.Join(", ", ModelFamilies.All.Select(f => f.ModelType).Distinct())}")
            : throw Error("names neither architectures nor a model_type"));
    }

    /// <summary>A configuration that is in memory.</summary>
    /// <param name="json">As config.json has it; copied.</param>
    /// <param name="path">What messages call it.</param>
    // Through text: values of parsed JSON answer to any number type, values made in memory only to their own.
    public static ModelConfig From(JsonObject json, string path) => new((JsonObject)JsonNode.Parse(json.ToJsonString())!, path);

    /// <summary>The same of a model whose head is not its embedding.</summary>
    public ModelConfig WithOwnHead()
    {
        var json = (JsonObject)Json.DeepClone();
        json["tie_word_embeddings"] = false;
        return With(json);
    }

    /// <summary>The same model with other settings.</summary>
    /// <param name="json">All of them, as config.json has them; copied.</param>
    public ModelConfig With(JsonObject json) => new((JsonObject)JsonNode.Parse(json.ToJsonString())!, _path) { Generation = Generation, GgufKind = GgufKind };

    /// <summary>The key of the number of blocks, which families call differently.</summary>
    /// <exception cref="ModelException">There is none.</exception>
    public string LayerKey => Array.Find(_layerKeys, k => Json[k] is not null) ?? throw Error($"names no number of blocks ({string.Join(", ", _layerKeys)})");

    /// <summary>A number of blocks.</summary>
    public int LayerCount(string key)
    {
        int count = Number(key);
        return count <= LargestLayerCount ? count
            : throw Error(string.Create(CultureInfo.InvariantCulture, $"has '{key}' {count}, expected at most {LargestLayerCount}"));
    }

    /// <summary>A whole number, at least 1.</summary>
    public int Number(string key, int? otherwise = null)
        => _keys.Whole(key) is { } number ? (number is > 0 and <= LargestSize ? number : throw Error(string.Create(CultureInfo.InvariantCulture, $"has '{key}' {number}, expected 1 to {LargestSize}")))
            : otherwise ?? throw Error($"lacks the whole number '{key}'");

    /// <summary>A number.</summary>
    public double Real(string key, double otherwise) => _keys.Real(key) ?? otherwise;

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool otherwise) => _keys.Flag(key) ?? otherwise;

    /// <summary>A text.</summary>
    public string Text(string key, string otherwise) => _keys.Text(key) ?? otherwise;

    /// <summary>The error of a config.json that does not fit.</summary>
    /// <param name="what">What is wrong, from the verb on.</param>
    /// <param name="remedy">What to do, a whole sentence; null for the usual.</param>
    public ModelException Error(string what, string? remedy = null)
        => new($"'{_path}' {(GgufKind is { } kind ? GgufKeyNames.In(what, kind) : what)}. {remedy ?? RemedyOf(_path)}");

    /// <summary>The architecture of the GGUF file that it was read from; null for another.</summary>
    private string? GgufKind { get; init; }

    /// <summary>Where a model's shape is said, for messages.</summary>
    internal string Sayer => GgufKind is null ? "config.json" : "the file's metadata";

    /// <summary>What to do where a model's parts do not fit together.</summary>
    /// <param name="path">Of the weights, or of the file that says their shape.</param>
    internal static string RemedyOf(string path)
        => path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? "The file is damaged, or of another kind than it says: get it again, or take the model as a Hugging Face folder." : "Use the config.json that belongs to the weights.";
}
