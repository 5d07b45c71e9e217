using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FuseSharp.Core.Artifacts;

/// <summary>Everything that decides a stage's output: its options and inputs, and the key made of them.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="FormatVersion">Raised when the same inputs give another output.</param>
/// <param name="Options">The options that decide the contents.</param>
/// <param name="Inputs">Name and key or fingerprint of every input.</param>
public sealed record StageKey(string Stage, int FormatVersion, JsonElement Options, SortedDictionary<string, string> Inputs)
{
    /// <summary>A key from any options record.</summary>
    public static StageKey Of(string stage, int formatVersion, object options, params (string Name, string Fingerprint)[] inputs)
        => new(stage, formatVersion, JsonSerializer.SerializeToElement(options, options.GetType(), ArtifactJson.Options),
            new SortedDictionary<string, string>(inputs.ToDictionary(i => i.Name, i => i.Fingerprint), StringComparer.Ordinal));

    /// <summary>Files and folders that the stage reads: its output must be none of them. Not part of the key.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>What differs from a finished output, as in <c>train.epochs 1 → 2, packed changed</c>.</summary>
    /// <param name="manifest">Of the finished output.</param>
    public string ChangesFrom(Manifest manifest)
    {
        var changes = new List<string>();
        if (manifest.Stage != Stage || manifest.FormatVersion != FormatVersion)
        {
            changes.Add($"another version of fusesharp made it");
        }

        Compare(Stage, manifest.Options, Options, changes);
        changes.AddRange(Inputs.Keys.Union(manifest.Inputs.Keys).Where(i => Inputs.GetValueOrDefault(i) != manifest.Inputs.GetValueOrDefault(i)).Order(StringComparer.Ordinal).Select(i => $"{i} changed"));
        return changes.Count == 0 ? "its manifest was changed" : string.Join(", ", changes);
    }

    private static void Compare(string name, JsonElement before, JsonElement now, List<string> changes)
    {
        if (before.ValueKind == JsonValueKind.Object && now.ValueKind == JsonValueKind.Object)
        {
            foreach (string key in before.EnumerateObject().Concat(now.EnumerateObject()).Select(p => p.Name).Distinct())
            {
                // A group that holds a stage's whole record has no name in a recipe.
                string inner = key == "options" ? name : $"{name}.{key}";
                Compare(inner, before.TryGetProperty(key, out var old) ? old : default, now.TryGetProperty(key, out var changed) ? changed : default, changes);
            }
        }
        else if (TextOf(before) is var was && TextOf(now) is var @is && was != @is)
        {
            changes.Add($"{name} {was} → {@is}");
        }
    }

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? "–" : value.ToString();

    /// <summary>Hexadecimal SHA-256 over all of it.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{Stage}\n{FormatVersion}\n{JsonSerializer.Serialize(Options, ArtifactJson.Line)}\n{string.Join('\n', Inputs.Select(i => $"{i.Key}={i.Value}"))}")));
}
