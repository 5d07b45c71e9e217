using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Core.Errors;
using FuseSharp.Torch.Adapters;
using FuseSharp.Torch.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>Reads networks from Hugging Face folders or GGUF files, and writes them as Hugging Face folders.</summary>
public static class ModelFolder
{
    /// <summary>Bytes of a shard, as Hugging Face's own default.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    /// <summary>Loads a network, tensor by tensor: beside the weights in their working type only a few megabytes are taken.</summary>
    /// <param name="path">A folder with an adapter in PEFT's format, which is merged into its base; or with config.json and weights (model.safetensors or pytorch_model.bin, or shards of either with their index), or a .gguf file.</param>
    /// <param name="type">Working type.</param>
    /// <param name="device">Where it runs.</param>
    /// <exception cref="ModelException">A file or tensor is missing, damaged or of the wrong shape.</exception>
    public static CausalModel Load(string path, ScalarType type, Device device)
    {
        if (AdapterFolder.Is(path))
        {
            var adapted = Load(AdapterFolder.BaseOf(path), type, device);
            AdapterFolder.Load(adapted, path).Merge();
            return adapted;
        }

        var model = ModelFactory.Create(ModelConfig.Read(path), type);
        try
        {
            var missing = model.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
            foreach (var source in WeightFiles.Open(path))
            {
                Fill(model, missing, source);
            }

            return missing.Count == 0 ? (CausalModel)model.to(device)
                : throw new ModelException(FormattableString.Invariant($"'{path}' lacks the tensor '{missing.Keys.First()}' and {missing.Count - 1} others. Use the config.json that belongs to the weights."));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes a network: config.json and model.safetensors, or shards with their index where it is larger than a shard.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="folder">An existing folder; weights in it are replaced.</param>
    /// <param name="type">Type of the stored weights.</param>
    /// <param name="shardBytes">Most bytes of a file; a single larger tensor gets a file of its own.</param>
    public static void Save(CausalModel model, string folder, ScalarType type, long shardBytes = DefaultShardBytes)
    {
        var shards = Shards(model, SafetensorsType.SizeOf(type), shardBytes);
        string[] names = [.. shards.Select((_, i) => shards.Count == 1 ? WeightFiles.Single : FormattableString.Invariant($"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors"))];
        foreach (var (shard, name) in shards.Zip(names))
        {
            SafetensorsWriter.Write(Path.Combine(folder, name), shard.Select(p => (p.name, (Tensor)p.parameter)), type);
        }

        // What an earlier model of another size left would be read instead of, or beside, this one.
        foreach (string stale in Directory.EnumerateFiles(folder, "model*.safetensors").Where(f => !names.Contains(Path.GetFileName(f))).Append(Path.Combine(folder, WeightFiles.Index)).ToArray())
        {
            File.Delete(stale);
        }

        if (shards.Count > 1)
        {
            long total = shards.Sum(s => s.Sum(p => p.parameter.numel())) * SafetensorsType.SizeOf(type);
            ShardIndex.Write(Path.Combine(folder, WeightFiles.Index), total, shards.Zip(names, (s, n) => (n, s.Select(p => p.name))));
        }

        SaveConfig(model, folder, type);
    }

    /// <summary>Writes config.json alone.</summary>
    internal static void SaveConfig(CausalModel model, string folder, ScalarType type)
    {
        var config = (JsonObject)model.Config.Json.DeepClone();
        config["torch_dtype"] = type switch { ScalarType.BFloat16 => "bfloat16", ScalarType.Float16 => "float16", _ => "float32" };
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    private static void Fill(CausalModel model, Dictionary<string, Parameter> missing, ITensorSource source)
    {
        foreach (string name in source.Names)
        {
            if (model.ParameterOf(name) is not { } key)
            {
                continue;
            }

            if (!missing.Remove(key, out var parameter))
            {
                throw new ModelException($"'{source.Path}' holds a tensor '{name}' that {model.Config.Architecture} has no place for, or has already. Use the config.json that belongs to the weights.");
            }

            if (!source.ShapeOf(name).SequenceEqual(parameter.shape))
            {
                throw new ModelException(FormattableString.Invariant($"Tensor '{name}' in '{source.Path}' has the shape [{string.Join(", ", source.ShapeOf(name))}], config.json asks for [{string.Join(", ", parameter.shape)}]. Use the config.json that belongs to the weights."));
            }

            source.CopyTo(name, parameter);
        }
    }

    private static List<List<(string name, Parameter parameter)>> Shards(CausalModel model, int size, long shardBytes)
    {
        var shards = new List<List<(string name, Parameter parameter)>> { new() };
        long filled = 0;
        foreach (var parameter in model.named_parameters().Where(p => !LowRankAdapters.Owns(p.name)))
        {
            long bytes = parameter.parameter.numel() * size;
            if (filled > 0 && filled + bytes > shardBytes)
            {
                shards.Add([]);
                filled = 0;
            }

            shards[^1].Add(parameter);
            filled += bytes;
        }

        return shards;
    }
}
