using System.Text.Json;
using System.Text.RegularExpressions;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Gguf;
using FuseSharp.Core.Recipes;
using YamlDotNet.RepresentationModel;

namespace FuseSharp.Core.Artifacts;

/// <summary>What a model that others are made of is called, and under which license it stands, as far as its own files say so.</summary>
/// <param name="Name">On Hugging Face where config.json tells that, otherwise its folder's.</param>
/// <param name="License">As its README.md or its GGUF metadata names it; null where neither does.</param>
public sealed partial record ModelOrigin(string Name, string? License)
{
    private const int LargestFrontMatter = 1 << 20;

    /// <summary>Looks at a model's files; what is damaged says nothing.</summary>
    /// <param name="model">A folder or GGUF file.</param>
    public static ModelOrigin Of(string model)
    {
        try
        {
            if (File.Exists(model))
            {
                return new(Recipe.NameOf(model), GgufFile.IsGguf(model) ? GgufFile.Read(model).Text("general.license") : null);
            }

            return new(HubName(Path.Combine(model, "config.json")) ?? Recipe.NameOf(model), LicenseIn(Path.Combine(model, ModelCard.FileName)));
        }
        catch (Exception fault) when (fault is FuseSharpException or IOException or UnauthorizedAccessException or JsonException)
        {
            return new(Recipe.NameOf(model), null);
        }
    }

    private static string? HubName(string config)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(config));
        return json.RootElement.TryGetProperty("_name_or_path", out var name) && name.ValueKind == JsonValueKind.String && HubId().IsMatch(name.GetString()!) ? name.GetString() : null;
    }

    private static string? LicenseIn(string readme)
    {
        if (!File.Exists(readme) || BoundedFile.LengthOf(readme) > LargestFrontMatter)
        {
            return null;
        }

        string[] lines = File.ReadAllText(readme).Split('\n');
        int end = lines.Length > 0 && lines[0].TrimEnd() == "---" ? Array.FindIndex(lines, 1, l => l.TrimEnd() == "---") : -1;
        if (end < 0)
        {
            return null;
        }

        var matter = YamlRecord.Root(string.Join('\n', lines[1..end]), readme, "license");
        return matter.Children.TryGetValue(new YamlScalarNode("license"), out var license) && license is YamlScalarNode { Value.Length: > 0 } value ? value.Value : null;
    }

    [GeneratedRegex(@"^[\w-][\w.-]*/[\w.-]+$")]
    private static partial Regex HubId();
}
