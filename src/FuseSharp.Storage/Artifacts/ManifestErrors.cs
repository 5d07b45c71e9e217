using System.Text.Json;

namespace FuseSharp.Storage.Artifacts;

/// <summary>What no manifest of ours says: found when it is read, so that nobody who uses it has to look.</summary>
internal static class ManifestErrors
{
    private const int HashLength = 64; // hexadecimal SHA-256

    /// <summary>The first fault; null where there is none.</summary>
    public static string? Find(Manifest manifest)
        => manifest.Inputs.Any(i => i.Value is null) ? "an input is null"
            : !IsWritable(manifest.Options) ? "its options are not valid JSON"
            : manifest.Shards is { } shards ? OfShards(shards)
            : null;

    /// <summary>What is wrong with a shard's entry; null where nothing is.</summary>
    public static string? Find(ShardEntry shard)
        => !Shards.IsName(shard.Name) ? $"'{shard.Name}' is not a shard's name"
            : shard.Bytes < 0 ? $"'{shard.Name}' has {shard.Bytes} bytes"
            : shard.Sha256.Length != HashLength || !shard.Sha256.All(char.IsAsciiHexDigitLower) ? $"'{shard.Name}' has no SHA-256"
            : shard.LeftOut.Any(d => d is null) ? $"'{shard.Name}' leaves out null"
            : null;

    private static string? OfShards(IReadOnlyList<ShardEntry> shards)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var shard in shards)
        {
            if (shard is null || Find(shard) is not null || !names.Add(shard.Name))
            {
                return shard is null ? "a shard is null" : Find(shard) ?? $"'{shard.Name}' is listed twice";
            }
        }

        return null;
    }

    // A lone surrogate can be parsed but not written, and a key is made of what is written.
    private static bool IsWritable(JsonElement options)
    {
        try
        {
            return options.ValueKind != JsonValueKind.Undefined && JsonSerializer.Serialize(options, ArtifactJson.Line).Length > 0;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }
}
