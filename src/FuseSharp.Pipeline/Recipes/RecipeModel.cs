using System.Text.Json.Serialization;
using FuseSharp.Files;
using FuseSharp.Options;
using FuseSharp.Pipeline.Represent.Served;
using FuseSharp.Storage.Yaml;
using YamlDotNet.RepresentationModel;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>A model of a recipe: its folder, written as a path alone, or a model that an inference server holds, of which only the tokenizer is here.</summary>
[YamlForm(nameof(Parse))]
[JsonConverter(typeof(RecipeModelJson))]
public sealed record RecipeModel : ICheckedOptions
{
    /// <summary>Folder of the model, or its GGUF file; a path alone is short for it.</summary>
    public string? Path { get; init; }

    /// <summary>In the place of a folder: address of an inference server, such as http://localhost:8000/v1. Its key is read from the environment's FUSESHARP_ENDPOINT_KEY.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The server's name of the model.</summary>
    public string? Model { get; init; }

    /// <summary>Folder with the tokenizer of the server's model, and its chat template; weights are not needed.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>How the server is asked for the log-probabilities of a prompt.</summary>
    public EndpointProtocol Protocol { get; init; }

    /// <summary>Whether its weights are here: it can be measured, merged and be part of an ensemble.</summary>
    [JsonIgnore] public bool HasWeights => Endpoint is null && Model is null && Tokenizer is null;

    /// <summary>What it is called in folders and tables.</summary>
    [JsonIgnore] public string Name => HasWeights ? ModelName.FromPath(Path ?? "") : EndpointModel.NameOf(Model ?? "");

    /// <summary>Where its tokenizer and chat template are: its folder or file, or the tokenizer's.</summary>
    [JsonIgnore] public string Files => (HasWeights ? Path : Tokenizer) ?? "";

    /// <summary>The model behind its server; null where its weights are here.</summary>
    [JsonIgnore] public EndpointModel? Served => HasWeights ? null : new(new Uri(Endpoint ?? ""), Model ?? "", Files) { Protocol = Protocol };

    /// <summary>A model by its path.</summary>
    /// <param name="path">A folder or a GGUF file.</param>
    public static implicit operator RecipeModel(string path) => FromString(path);

    /// <summary>A model by its path.</summary>
    /// <param name="path">A folder or a GGUF file.</param>
    public static RecipeModel FromString(string path) => new() { Path = path };

    /// <summary>Reads the short form.</summary>
    /// <param name="node">From a file.</param>
    /// <exception cref="FormatException">It is no path.</exception>
    public static RecipeModel Parse(YamlNode node)
        => node is YamlScalarNode { Value: { Length: > 0 } path } ? FromString(path) : throw new FormatException("expected a folder, or '{ endpoint: http://…/v1, model: NAME, tokenizer: FOLDER }'");

    /// <inheritdoc/>
    public IEnumerable<string> Conflicts(string path)
    {
        if (HasWeights)
        {
            if (string.IsNullOrEmpty(Path))
            {
                yield return $"'{path}path' is missing. Name a folder, or 'endpoint', 'model' and 'tokenizer'.";
            }

            yield break;
        }

        if (Path is not null)
        {
            yield return $"'{path}path' is the place of a model that is here, 'endpoint', 'model' and 'tokenizer' are of one behind a server. Leave one of them out.";
        }

        foreach (var (key, value) in new[] { ("endpoint", Endpoint), ("model", Model), ("tokenizer", Tokenizer) })
        {
            if (string.IsNullOrEmpty(value))
            {
                yield return $"'{path}{key}' is missing. A model behind a server needs 'endpoint', 'model' and 'tokenizer'.";
            }
        }

        if (!string.IsNullOrEmpty(Endpoint) && ErrorOf(Endpoint) is { } fault)
        {
            yield return $"'{path}endpoint' {fault}";
        }
    }

    // What is wrong is shown without what may be a password.
    private static string? ErrorOf(string endpoint)
        => !Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") ? $"is '{endpoint}', expected an address that begins with http:// or https://."
            : uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0 ? $"holds more than an address. Write 'http://…/v1' alone; a key belongs into the environment's {EndpointModel.KeyVariable}."
            : null;
}
