using FuseSharp.Errors;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Export;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Yaml;
using YamlDotNet.RepresentationModel;

namespace FuseSharp.Pipeline.Cards;

/// <summary>Reads the front matter of model cards.</summary>
public static class CardReader
{
    private const int LargestCard = 1 << 20;

    /// <summary>Reads a model's card; what is missing or damaged says nothing.</summary>
    /// <param name="model">The model's folder.</param>
    public static CardMatter Read(string model)
    {
        string readme = Path.Combine(model, ModelCardFile.Name);
        try
        {
            return File.Exists(readme) && new FileInfo(readme).Length <= LargestCard && TextOf(File.ReadAllText(readme)) is { } matter ? MatterIn(YamlRecord.Root(matter, readme, "license")) : new([], null, null, []);
        }
        catch (Exception fault) when (fault is FuseSharpException or IOException or UnauthorizedAccessException)
        {
            return new([], null, null, []);
        }
    }

    private static string? TextOf(string card)
    {
        string[] lines = card.Split('\n');
        int end = lines[0].TrimEnd() == "---" ? Array.FindIndex(lines, 1, l => l.TrimEnd() == "---") : -1;
        return end < 0 ? null : string.Join('\n', lines[1..end]);
    }

    private static CardMatter MatterIn(YamlMappingNode root) => new(TextsOf(root, "license"), TextsOf(root, "license_name").FirstOrDefault(), TextsOf(root, "license_link").FirstOrDefault(), TextsOf(root, "base_model"));

    // A text, or a list of texts.
    private static string[] TextsOf(YamlMappingNode root, string key)
        => !root.Children.TryGetValue(new YamlScalarNode(key), out var node) ? []
            : [.. (node as IEnumerable<YamlNode> ?? [node]).OfType<YamlScalarNode>().Select(s => s.Value).OfType<string>().Where(s => s.Length > 0)];

    /// <summary>What is known of a model's license and origin: by its own card, and for an adapter by its base.</summary>
    /// <param name="model">A folder or a GGUF file.</param>
    public static CardMatter MatterOf(string model)
    {
        var card = Read(model);
        if (!AdapterFolder.Is(model))
        {
            return card;
        }

        var origin = ModelOrigin.Read(AdapterFolder.BaseOf(model));
        return card with
        {
            Licenses = card.Licenses.Count > 0 || origin.License is null ? card.Licenses : [origin.License],
            BaseModels = card.BaseModels.Count > 0 ? card.BaseModels : [origin.Name],
        };
    }
}
