using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Json;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Layers;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Models.Adapters;

/// <summary>Adapters on disk, in PEFT's format: adapter_config.json and adapter_model.safetensors.</summary>
public static class AdapterFolder
{
    /// <summary>Whether a folder holds an adapter rather than a model.</summary>
    public static bool Is(string path) => AdapterBase.Is(path);

    /// <summary>The model that an adapter belongs to.</summary>
    /// <exception cref="ModelException">It is not said, or not there.</exception>
    public static string BaseOf(string path) => AdapterBase.Find(path);

    /// <summary>Writes a model's adapters.</summary>
    /// <param name="adapters">Only read.</param>
    /// <param name="baseModel">Folder of the model that they belong to; named relative to <paramref name="folder"/>, so that both can be moved together and no place of this machine is given away.</param>
    /// <param name="folder">An existing folder.</param>
    public static void Save(LowRankAdapters adapters, string baseModel, string folder)
    {
        SafetensorsWriter.Write(Path.Combine(folder, AdapterFile.Name), adapters.All.SelectMany(a => new (string, Tensor)[]
        {
            ($"{AdapterFile.Prefix}{a.Name}.lora_A.weight", a.Down), ($"{AdapterFile.Prefix}{a.Name}.lora_B.weight", a.Up),
        }));
        var config = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = Path.GetRelativePath(LinkedPath.Resolve(folder), LinkedPath.Resolve(baseModel)).Replace('\\', '/'),
            ["r"] = adapters.Options.Rank,
            ["lora_alpha"] = adapters.Options.Alpha,
            ["lora_dropout"] = adapters.Options.Dropout,
            ["target_modules"] = new JsonArray([.. adapters.Options.TargetModules.Select(t => (JsonNode)t)]),
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
        };
        foreach (var (key, valueOf) in new (string, Func<LoraOptions, double>)[] { ("rank_pattern", o => o.Rank), ("alpha_pattern", o => o.Alpha) })
        {
            config[key] = new JsonObject(adapters.Each.Where(a => valueOf(a.Options) != valueOf(adapters.Options))
                .Select(a => KeyValuePair.Create(Regex.Escape(a.Name), (JsonNode?)valueOf(a.Options))));
        }

        File.WriteAllText(Path.Combine(folder, AdapterBase.ConfigFile), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    /// <summary>Lays the adapters of a folder beside a model's maps, to be trained on: those that have weights in it, whatever names them.</summary>
    /// <remarks>Plain ones, with any ranks and scales. All other kinds change weights in a way that no adapter beside a map repeats; <see cref="ModelFolder.Load"/> merges them.</remarks>
    /// <param name="model">The model they belong to.</param>
    /// <param name="path">The adapters' folder.</param>
    /// <exception cref="ModelException">They do not fit the model, or are of a kind that is not known.</exception>
    public static LowRankAdapters Load(CausalModel model, string path)
    {
        string file = Path.Combine(path, AdapterBase.ConfigFile);
        var settings = new AdapterSettings(JsonFile.Read(file, "an adapter's configuration"), file);
        if (settings.MoreThanPlain is { } more)
        {
            throw NotBeside($"'{path}' has '{more}' in its {AdapterBase.ConfigFile}");
        }

        using var reader = AdapterFile.Open(path);
        var stored = reader.Names.ToHashSet(StringComparer.Ordinal);
        var adapters = LowRankAdapters.Attach(model, name => OptionsFor(name, settings, reader, path));
        using var noGradient = no_grad();
        foreach (var (name, down, up) in adapters.All)
        {
            foreach (var (key, parameter) in new (string, Tensor)[] { (DownOf(name), down), (UpOf(name), up) })
            {
                if (!stored.Remove(key) || !reader.ShapeOf(key).SequenceEqual(parameter.shape))
                {
                    throw new ModelException(FormattableString.Invariant($"'{path}' lacks '{key}' of the shape [{string.Join(", ", parameter.shape)}]. The adapter belongs to another model."));
                }

                reader.CopyTo(key, parameter);
            }
        }

        if (reader.Names.Count == 0)
        {
            throw new ModelException($"'{path}' holds no weights of an adapter. Its file is cut short, or was written without them.");
        }

        if (stored.Count > 0)
        {
            throw NotBeside($"'{path}' holds '{stored.Order(StringComparer.Ordinal).First()}'");
        }

        return adapters;
    }

    private static ModelException NotBeside(string what)
        => new($"{what}. Only plain adapters of linear layers can be trained on as they are: merge it first (fusesharp merge ADAPTER --output MODEL), and train the result.");

    private static string DownOf(string map) => $"{AdapterFile.Prefix}{map}.lora_A.weight";

    private static string UpOf(string map) => $"{AdapterFile.Prefix}{map}.lora_B.weight";

    // Null for a map without an adapter.
    private static LoraOptions? OptionsFor(string map, AdapterSettings settings, ITensorSource reader, string path)
    {
        if (!reader.Names.Contains(DownOf(map)))
        {
            return settings.Needs(map)
                ? throw new ModelException($"'{path}' lacks '{DownOf(map)}', which its target_modules name. The adapter belongs to another model, or its file is cut short.") : null;
        }

        if (settings.LeavesOut(map))
        {
            throw new ModelException($"'{path}' {AdapterSettings.LeftOut(DownOf(map))}");
        }

        var shape = reader.ShapeOf(DownOf(map));
        long rank = shape.Count == 2 ? shape[0] : 0;
        return rank == settings.RankOf(map) ? new LoraOptions { Rank = (int)rank, Alpha = settings.AlphaOf(map, rank) }
            : throw new ModelException(FormattableString.Invariant($"'{path}' has '{DownOf(map)}' of the shape [{string.Join(", ", shape)}], its configuration says rank {settings.RankOf(map)}. They do not belong together."));
    }
}
