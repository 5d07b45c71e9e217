using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Json;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Pipeline.Cards;

/// <summary>What a model that others are made of is called, and under which license it stands, as far as its own files say so.</summary>
/// <param name="Name">On Hugging Face where config.json tells that, otherwise its folder's.</param>
/// <param name="License">As its README.md or its GGUF metadata names it; null where neither does.</param>
public sealed partial record ModelOrigin(string Name, string? License)
{
    /// <summary>Looks at a model's files; what is damaged says nothing.</summary>
    /// <param name="model">A folder or GGUF file.</param>
    public static ModelOrigin Read(string model)
    {
        try
        {
            if (File.Exists(model))
            {
                return new(ModelName.FromPath(model), GgufFile.IsGguf(model) ? GgufFile.Read(model).Text("general.license") : null);
            }

            return new(HubName(Path.Combine(model, "config.json")) ?? ModelName.FromPath(model), CardReader.Read(model).Licenses is [var license] ? license : null);
        }
        catch (Exception fault) when (fault is FuseSharpException or IOException or UnauthorizedAccessException)
        {
            return new(ModelName.FromPath(model), null);
        }
    }

    private static string? HubName(string config)
    {
        return JsonFile.Read(config, "a model's config.json")["_name_or_path"] is JsonValue value && value.TryGetValue(out string? name) && HubId().IsMatch(name) ? name : null;
    }

    [GeneratedRegex(@"^[\w-][\w.-]*/[\w.-]+$")]
    private static partial Regex HubId();
}
