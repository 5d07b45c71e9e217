using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Hub;

/// <summary>Which files of a repository are read here: no code, no second copy of the weights in another format, nothing in sub-folders.</summary>
/// <param name="name">What messages call the repository.</param>
/// <param name="listed">The names of its files, as the server gives them.</param>
internal sealed class HubFileChoice(string name, IReadOnlySet<string> listed)
{
    private const string Config = "config.json";

    // The best first: each is the whole of the weights.
    private static readonly string[] _weights = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];
    private static readonly string[] _adapters = ["adapter_model.safetensors", "adapter_model.bin"];

    /// <summary>The small files: those that are read as they are, and that say which others there are.</summary>
    /// <exception cref="ModelException">It holds no model.</exception>
    public IReadOnlyList<string> Small(HubContents contents)
    {
        string[] wanted = [Config, AdapterBase.ConfigFile, .. TokenizerFileNames.Copied, .. contents == HubContents.Model ? new[] { "generation_config.json", "README.md" } : []];
        return !listed.Contains(Config) && !listed.Contains(AdapterBase.ConfigFile) && contents == HubContents.Model ? throw NoModel()
            : [.. wanted.Where(listed.Contains), .. contents == HubContents.Model && Weights is { } index && IsIndex(index) ? new[] { index } : []];
    }

    /// <summary>The files with weights.</summary>
    /// <param name="read">Reads a small file that has been fetched.</param>
    /// <exception cref="ModelException">There are none, or the index names files that are not there or no file names.</exception>
    public IReadOnlyList<string> Large(Func<string, JsonObject> read)
    {
        if (listed.Contains(AdapterBase.ConfigFile))
        {
            return [Array.Find(_adapters, listed.Contains) ?? throw new ModelException($"'{name}' has an {AdapterBase.ConfigFile} but neither {string.Join(" nor ", _adapters)}. Name another model.")];
        }

        return Weights is not { } weights ? throw new ModelException($"'{name}' has neither {string.Join(" nor ", _weights)}: no weights that are read here. Name another model.")
            : IsIndex(weights) ? Shards(weights, read(weights)) : [weights];
    }

    private string? Weights => listed.Contains(AdapterBase.ConfigFile) ? null : Array.Find(_weights, listed.Contains);

    private static bool IsIndex(string file) => file.EndsWith(".index.json", StringComparison.Ordinal);

    private string[] Shards(string index, JsonObject json)
    {
        string[] files = json["weight_map"] is JsonObject map && map.Select(p => p.Value is { } v && v.GetValueKind() == JsonValueKind.String ? v.GetValue<string>() : null).ToArray() is var texts && texts.All(t => t is not null)
            ? [.. texts.OfType<string>().Distinct().Order(StringComparer.Ordinal)]
            : throw new ModelException($"{index} of '{name}' has no weight_map from tensors to files. Name another model.");
        return Array.Find(files, f => !HubFile.IsSafeName(f) || !listed.Contains(f)) is { } stranger
            ? throw new ModelException($"{index} of '{name}' names the file '{LibraryErrors.OneLine(stranger)}', {(HubFile.IsSafeName(stranger) ? "which the repository does not have" : "expected a file's name without folders")}. Name another model.")
            : files;
    }

    private ModelException NoModel()
        => new(listed.Any(f => f.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
            ? $"'{name}' holds GGUF files without a {Config}. Fetch one of them with 'hf download {name} FILE', and name that file."
            : $"'{name}' has neither {Config} nor {AdapterBase.ConfigFile}: it is no model that is read here. Name another one.");
}
