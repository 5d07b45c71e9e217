using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Checkpoints;
using FuseSharp.Torch.Models;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Adapters;

/// <summary>Adapters on disk, in PEFT's format: adapter_config.json and adapter_model.safetensors.</summary>
public static class AdapterFolder
{
    private const string ConfigFile = "adapter_config.json";
    private const string WeightsFile = "adapter_model.safetensors";
    private const string Prefix = "base_model.model.";

    /// <summary>Whether a folder holds an adapter rather than a model.</summary>
    public static bool Is(string path) => File.Exists(Path.Combine(path, ConfigFile));

    /// <summary>The model that an adapter belongs to.</summary>
    /// <exception cref="ModelException">It is not said, or not there.</exception>
    public static string BaseOf(string path)
    {
        string? named = ReadConfig(path)["base_model_name_or_path"]?.GetValue<string>();
        string[] places = named is null ? [] : [Path.Combine(path, named), named];
        return Array.Find(places, Directory.Exists)
            ?? throw new ModelException($"'{path}' is an adapter for the model '{named}', which is not there. Correct base_model_name_or_path in its {ConfigFile}.");
    }

    /// <summary>Writes a model's adapters.</summary>
    /// <param name="adapters">Only read.</param>
    /// <param name="baseModel">Folder of the model that they belong to; named relative to <paramref name="folder"/>, so that both can be moved together and no place of this machine is given away.</param>
    /// <param name="folder">An existing folder.</param>
    public static void Save(LowRankAdapters adapters, string baseModel, string folder)
    {
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), adapters.All.SelectMany(a => new (string, Tensor)[]
        {
            ($"{Prefix}{a.Name}.lora_A.weight", a.Down), ($"{Prefix}{a.Name}.lora_B.weight", a.Up),
        }));
        var config = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = Path.GetRelativePath(OutputGuard.RealPath(folder), OutputGuard.RealPath(baseModel)).Replace('\\', '/'),
            ["r"] = adapters.Options.Rank,
            ["lora_alpha"] = adapters.Options.Alpha,
            ["lora_dropout"] = adapters.Options.Dropout,
            ["target_modules"] = new JsonArray([.. adapters.Options.TargetModules.Select(t => (JsonNode)t)]),
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
        };
        File.WriteAllText(Path.Combine(folder, ConfigFile), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    /// <summary>Lays the adapters of a folder beside a model's maps.</summary>
    /// <param name="model">The model they belong to.</param>
    /// <param name="path">The adapters' folder.</param>
    /// <exception cref="ModelException">They do not fit the model, or are of a kind that is not known.</exception>
    public static LowRankAdapters Load(CausalModel model, string path)
    {
        var config = ReadConfig(path);
        var options = OptionsOf(config, path);
        var adapters = LowRankAdapters.Attach(model, options, 0, quantizes: false);
        using var reader = new SafetensorsReader(Path.Combine(path, WeightsFile));
        var stored = reader.Names.ToHashSet(StringComparer.Ordinal);
        using var noGradient = no_grad();
        foreach (var (name, down, up) in adapters.All)
        {
            foreach (var (key, parameter) in new (string, Tensor)[] { ($"{Prefix}{name}.lora_A.weight", down), ($"{Prefix}{name}.lora_B.weight", up) })
            {
                if (!stored.Remove(key) || !reader.ShapeOf(key).SequenceEqual(parameter.shape))
                {
                    throw new ModelException(FormattableString.Invariant($"'{path}' lacks '{key}' of the shape [{string.Join(", ", parameter.shape)}]. The adapter belongs to another model."));
                }

                reader.CopyTo(key, parameter);
            }
        }

        return stored.Count == 0 ? adapters : throw new ModelException($"'{path}' holds '{stored.First()}', which the model has no place for. The adapter belongs to another model.");
    }

    private static JsonObject ReadConfig(string path)
    {
        string file = Path.Combine(path, ConfigFile);
        try
        {
            return JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw new JsonException("not an object");
        }
        catch (Exception fault) when (fault is JsonException or IOException)
        {
            throw new ModelException($"'{file}' is no adapter's configuration: {fault.Message} Get it again.", fault);
        }
    }

    private static LoraOptions OptionsOf(JsonObject config, string path)
    {
        string kind = config["peft_type"]?.GetValue<string>() ?? "";
        bool isPlain = kind == "LORA" && config["use_dora"]?.GetValue<bool>() != true && config["use_rslora"]?.GetValue<bool>() != true
            && config["bias"]?.GetValue<string>() is null or "none";
        return isPlain && config["target_modules"] is JsonArray modules && config["r"] is { } rank && config["lora_alpha"] is { } alpha
            ? new LoraOptions
            {
                Rank = rank.GetValue<int>(),
                Alpha = alpha.GetValue<double>(),
                Dropout = config["lora_dropout"]?.GetValue<double>() ?? 0,
                TargetModules = [.. modules.Select(m => m!.GetValue<string>())],
            }
            : throw new ModelException($"'{path}' is an adapter of a kind that is not known ({kind}). Plain LoRA with r, lora_alpha, a list of target_modules and no biases is.");
    }
}
