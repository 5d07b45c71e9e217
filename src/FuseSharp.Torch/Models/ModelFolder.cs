using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Core.Errors;
using FuseSharp.Torch.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>Reads and writes networks as Hugging Face folders: config.json and safetensors.</summary>
public static class ModelFolder
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    /// <summary>Loads a network.</summary>
    /// <param name="folder">With config.json and model.safetensors, or shards with their index.</param>
    /// <param name="type">Working type.</param>
    /// <param name="device">Where it runs.</param>
    /// <exception cref="ModelException">A file or tensor is missing, damaged or of the wrong shape.</exception>
    public static CausalModel Load(string folder, ScalarType type, Device device)
    {
        var model = ModelFactory.Create(ModelConfig.Read(folder), type);
        var missing = model.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        foreach (string file in Files(folder))
        {
            using var reader = new SafetensorsReader(file);
            foreach (string name in reader.Names)
            {
                if (model.ParameterOf(name) is not { } key)
                {
                    continue;
                }

                if (missing.Remove(key, out var parameter))
                {
                    Copy(reader, name, parameter, file);
                }
                else
                {
                    throw new ModelException($"'{file}' holds a tensor '{name}' that {model.Config.Architecture} has no place for. Use the config.json that belongs to the weights.");
                }
            }
        }

        return missing.Count == 0 ? (CausalModel)model.to(device)
            : throw new ModelException($"'{folder}' lacks the tensor '{missing.Keys.First()}' and {missing.Count - 1} others. Use the config.json that belongs to the weights.");
    }

    /// <summary>Writes a network.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="type">Type of the stored weights.</param>
    public static void Save(CausalModel model, string folder, ScalarType type)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(Path.Combine(folder, SingleFile), model.named_parameters().Select(p => (p.name, (Tensor)p.parameter.detach().to(type))));
        var config = (JsonObject)model.Config.Json.DeepClone();
        config["torch_dtype"] = type switch { ScalarType.BFloat16 => "bfloat16", ScalarType.Float16 => "float16", _ => "float32" };
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    private static void Copy(SafetensorsReader reader, string name, Tensor parameter, string file)
    {
        if (!reader.ShapeOf(name).SequenceEqual(parameter.shape))
        {
            throw new ModelException($"Tensor '{name}' in '{file}' has the shape [{string.Join(", ", reader.ShapeOf(name))}], config.json asks for [{string.Join(", ", parameter.shape)}]. Use the config.json that belongs to the weights.");
        }

        using var noGradient = no_grad();
        using var value = reader.Read(name);
        parameter.copy_(value);
    }

    private static string[] Files(string folder)
    {
        string single = Path.Combine(folder, SingleFile);
        if (File.Exists(single))
        {
            return [single];
        }

        string index = Path.Combine(folder, IndexFile);
        if (!File.Exists(index))
        {
            throw new ModelException($"'{folder}' holds neither {SingleFile} nor {IndexFile}. Name the folder of a Hugging Face model with safetensors weights.");
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(index));
            string[] names = [.. json.RootElement.GetProperty("weight_map").EnumerateObject().Select(e => e.Value.GetString() ?? "").Distinct().Order(StringComparer.Ordinal)];
            return [.. names.Select(n => Path.GetFileName(n) == n && File.Exists(Path.Combine(folder, n)) ? Path.Combine(folder, n)
                : throw new ModelException($"'{index}' names the shard '{n}', which is not in the folder. Get the missing file."))];
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ModelException($"'{index}' is damaged: {fault.Message} Get the file again.", fault);
        }
    }
}
