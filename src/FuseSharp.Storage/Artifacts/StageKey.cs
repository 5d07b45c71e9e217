using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FuseSharp.Storage.Artifacts;

/// <summary>Everything that decides a stage's output: its options and inputs, and the key made of them.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="FormatVersion">Raised when the same inputs give another output.</param>
/// <param name="Options">The options that decide the contents.</param>
/// <param name="Inputs">Name and key or fingerprint of every input.</param>
public sealed record StageKey(string Stage, int FormatVersion, JsonElement Options, SortedDictionary<string, string> Inputs)
{
    /// <summary>A key from any options record.</summary>
    public static StageKey Create(string stage, int formatVersion, object options, params (string Name, string Fingerprint)[] inputs)
        => new(stage, formatVersion, JsonSerializer.SerializeToElement(options, options.GetType(), ArtifactJson.Options),
            new SortedDictionary<string, string>(inputs.ToDictionary(i => i.Name, i => i.Fingerprint), StringComparer.Ordinal));

    /// <summary>Files and folders that the stage reads: its output must be none of them. Not part of the key.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>What differs from a finished output, as in <c>train.epochs 1 → 2, packed changed</c>.</summary>
    /// <param name="manifest">Of the finished output.</param>
    public string ChangesFrom(Manifest manifest) => Changes(manifest) is { Count: > 0 } changes ? string.Join(", ", changes.Select(c => c.Text)) : "its manifest was changed";

    /// <summary>The differences one by one.</summary>
    /// <param name="manifest">Of the finished output.</param>
    public IReadOnlyList<KeyChange> Changes(Manifest manifest) => KeyChange.Between(manifest, this);

    /// <summary>Hexadecimal SHA-256 over all of it.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{Stage}\n{FormatVersion}\n{JsonSerializer.Serialize(Options, ArtifactJson.Line)}\n{string.Join('\n', Inputs.Select(i => $"{i.Key}={i.Value}"))}")));
}
