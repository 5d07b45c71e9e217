using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Rows;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Models;

/// <summary>Reads networks from Hugging Face folders or GGUF files, and writes them as Hugging Face folders.</summary>
public static class ModelFolder
{
    /// <summary>Bytes of a shard, as Hugging Face's own default.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    /// <summary>Loads a network, tensor by tensor: beside the weights in their working type only a few megabytes are taken.</summary>
    /// <param name="path">A folder with an adapter in PEFT's format, which is merged into its base; or with config.json and weights (model.safetensors or pytorch_model.bin, or shards of either with their index), or a .gguf file.</param>
    /// <param name="type">Working type.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="quantizes">Whether each linear map but the head becomes NF4 as soon as it is read, so that the model never exists in its working type.</param>
    /// <param name="keepsStored">Whether quantized matrices of a GGUF file stay as the file has them, for writing and scoring: exactly the same numbers in a fraction of the memory. Such a model cannot learn,
    /// be merged or be saved. Only on the processor and in float32; matrices of other types, and of networks without a <see cref="Families.DecoderDesign"/>, are written out as ever.</param>
    /// <exception cref="ModelException">A file or tensor is missing, damaged or of the wrong shape.</exception>
    public static CausalModel Load(string path, ScalarType type, Device device, bool quantizes = false, bool keepsStored = false)
    {
        var model = ModelFactory.Create(ConfigOf(path), type);
        var kept = keepsStored && !quantizes && type == ScalarType.Float32 && device.type == TorchSharp.DeviceType.CPU ? model.Keepers() : new Dictionary<string, Action<WeightRows>>();
        try
        {
            var missing = model.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
            var quantized = quantizes ? LowRankAdapters.MapsOf(model).ToDictionary(m => m.Name + ".weight", m => m.Map, StringComparer.Ordinal) : [];
            foreach (var source in WeightFiles.Open(path))
            {
                Fill(model, missing, source, quantized, kept);
                if (HeadForEmbedding(model, missing, source) is var (name, weight))
                {
                    source.CopyTo(name, weight);
                }
            }

            return missing.Count == 0 ? (CausalModel)model.to(device)
                : throw Lacks(path, missing.Keys);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // An adapter has the shape of its base; a config.json that lies beside it is not what PEFT goes by.
    private static ModelConfig ConfigOf(string path)
        => !AdapterFolder.Is(path) ? ModelConfig.Read(path)
            : ConfigOf(AdapterFolder.BaseOf(path)) is var config && AdaptedHead.IsOwn(path) ? config.WithOwnHead() : config;

    /// <summary>Writes a network: config.json and model.safetensors, or shards with their index where it is larger than a shard.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="folder">An existing folder; weights in it are replaced.</param>
    /// <param name="type">Type of the stored weights.</param>
    /// <param name="shardBytes">Most bytes of a file; a single larger tensor gets a file of its own.</param>
    public static void Save(CausalModel model, string folder, ScalarType type, long shardBytes = DefaultShardBytes)
    {
        if (model.HasKept)
        {
            throw new ModelException("The model's weights are kept as its file stores them and are not written out. Load it without keeping them to save it.");
        }

        CheckpointWriter.Write(folder, [.. model.named_parameters().Where(p => !LowRankAdapters.Owns(p.name)).Select(p => StoredTensor.From(p.name, p.parameter, type))], shardBytes);
        SaveConfig(model, folder, type);
    }

    /// <summary>Writes config.json alone.</summary>
    public static void SaveConfig(CausalModel model, string folder, ScalarType type) => SaveConfig(model.Config, folder, type);

    /// <summary>Writes config.json of a model that is not loaded.</summary>
    public static void SaveConfig(ModelConfig shape, string folder, ScalarType type)
    {
        var config = (JsonObject)shape.Json.DeepClone();
        string name = type switch { ScalarType.BFloat16 => "bfloat16", ScalarType.Float16 => "float16", _ => "float32" };
        if (config.ContainsKey("dtype"))
        {
            config["dtype"] = name; // transformers 5 goes by it, where both stand there
        }

        if (!config.ContainsKey("dtype") || config.ContainsKey("torch_dtype"))
        {
            config["torch_dtype"] = name;
        }

        // End tokens may stand only there.
        if (shape.Folder is { } from && Path.Combine(from, ModelConfig.GenerationFile) is var file && File.Exists(file))
        {
            File.Copy(file, Path.Combine(folder, ModelConfig.GenerationFile), overwrite: true);
        }

        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    /// <summary>Where a stored tensor belongs, which then is no longer missing.</summary>
    /// <param name="model">The network.</param>
    /// <param name="missing">Its parameters that have no weights yet.</param>
    /// <param name="source">The file.</param>
    /// <param name="name">Of the tensor in it.</param>
    /// <returns>Null for tensors that are no weights.</returns>
    /// <exception cref="ModelException">The network has no place for it, or one of another shape.</exception>
    public static (string Key, Parameter Parameter)? Place(CausalModel model, Dictionary<string, Parameter> missing, ITensorSource source, string name)
    {
        if (model.ParameterOf(name) is not { } key)
        {
            return null;
        }

        if (!missing.Remove(key, out var parameter))
        {
            throw missing.Keys.FirstOrDefault(k => k.EndsWith("." + key, StringComparison.Ordinal)) is { } whole
                ? new ModelException($"'{source.Path}' holds a tensor '{name}' where {model.Config.Architecture} has '{whole}': the weights were saved without the head, as transformers' AutoModel does. Save the model by AutoModelForCausalLM.")
                : new ModelException($"'{source.Path}' holds a tensor '{name}' that {model.Config.Architecture} has no place for, or has already. {ModelConfig.RemedyOf(source.Path)}");
        }

        return source.ShapeOf(name).SequenceEqual(parameter.shape) ? (key, parameter)
            : throw new ModelException(FormattableString.Invariant($"Tensor '{name}' in '{source.Path}' has the shape [{string.Join(", ", source.ShapeOf(name))}], expected [{string.Join(", ", parameter.shape)}] by {model.Config.Sayer}. {ModelConfig.RemedyOf(source.Path)}"));
    }

    /// <summary>The head of a tied model of which only the head was stored: it is the embedding, which then is no longer missing.</summary>
    public static (string Name, Parameter Weight)? HeadForEmbedding(CausalModel model, Dictionary<string, Parameter> missing, ITensorSource source)
    {
        string? head = source.Names.FirstOrDefault(n => n is "lm_head.weight" or "embed_out.weight");
        if (model.IsTied && head is not null && missing.FirstOrDefault(m => ReferenceEquals(m.Value, model.OutputWeight)) is { Key: { } embedding, Value: { } weight }
            && source.ShapeOf(head).SequenceEqual(weight.shape))
        {
            missing.Remove(embedding);
            return (head, weight);
        }

        return null;
    }

    /// <summary>What is said of weights that no file holds.</summary>
    public static ModelException Lacks(string path, IReadOnlyCollection<string> missing)
        => new(FormattableString.Invariant($"'{path}' lacks the tensor '{missing.First()}'{(missing.Count > 1 ? FormattableString.Invariant($" and {missing.Count - 1} others") : "")}. {ModelConfig.RemedyOf(path)}"));

    private static void Fill(CausalModel model, Dictionary<string, Parameter> missing, ITensorSource source, Dictionary<string, AdaptableLinear> quantized, IReadOnlyDictionary<string, Action<WeightRows>> kept)
    {
        foreach (string name in source.Names)
        {
            if (Place(model, missing, source, name) is not var (key, parameter))
            {
                continue;
            }

            if (kept.TryGetValue(key, out var keep) && source is GgufWeights file && file.Keep(name) is { } rows)
            {
                keep(rows);
                continue;
            }

            source.CopyTo(name, parameter);
            if (quantized.TryGetValue(key, out var map))
            {
                map.Quantize();
            }
        }
    }
}
