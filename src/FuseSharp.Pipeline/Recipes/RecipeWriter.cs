using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Files;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Yaml;
using YamlDotNet.RepresentationModel;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>Writes a recipe with all its defaults, as <see cref="RecipeReader"/> reads it: what makes a run again.</summary>
public static class RecipeWriter
{
    private const string Mark = "# Written by fusesharp: the recipe of this run, complete with defaults.\n";

    /// <summary>The recipe as YAML; keys that are not set are left out, a group that is switched off is <c>none</c>.</summary>
    public static string ToYaml(Recipe recipe)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var json = JsonSerializer.SerializeToNode(recipe, ArtifactJson.Options)!;
        if (recipe.Train.Fusion is null)
        {
            json["train"]!["fusion"] = YamlRecord.None;
        }

        new YamlStream(new YamlDocument(NodeOf(json))).Save(text, assignAnchors: false);
        return text.ToString().Replace("...\n", "", StringComparison.Ordinal); // the mark that ends a document
    }

    /// <summary>Writes the recipe into a file, whole or not at all.</summary>
    /// <param name="path">The file; replaced.</param>
    /// <param name="recipe">The recipe.</param>
    public static void Write(string path, Recipe recipe) => Durable.WriteText(path, Mark + ToYaml(recipe));

    /// <summary>Whether a file was written so, not by a user.</summary>
    /// <param name="path">The file.</param>
    public static bool Wrote(string path)
    {
        using var reader = new StreamReader(path);
        return reader.ReadLine() + "\n" == Mark;
    }

    private static YamlNode NodeOf(JsonNode json)
        => json switch
        {
            JsonObject mapping => new YamlMappingNode(mapping.Where(p => p.Value is not null).SelectMany(p => new[] { new YamlScalarNode(p.Key), NodeOf(p.Value!) })),
            JsonArray list => new YamlSequenceNode(list.OfType<JsonNode>().Select(NodeOf)),
            _ => new YamlScalarNode(json.GetValueKind() == JsonValueKind.String ? json.GetValue<string>() : json.ToJsonString()),
        };
}
