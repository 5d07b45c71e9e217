using System.Text.Json;
using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Artifacts;

/// <summary>What a stage's folder was made from, <c>manifest.json</c>; written last, so that a folder with a manifest is complete.</summary>
/// <param name="Stage">The stage's name, such as <c>represent</c>.</param>
/// <param name="FormatVersion">Version of the folder's format.</param>
/// <param name="ToolVersion">Version of FuseSharp that wrote it.</param>
/// <param name="Key">Hexadecimal SHA-256 over stage, format, options and inputs: equal keys mean equal contents.</param>
/// <param name="Options">The options that decide the contents.</param>
/// <param name="Inputs">Name and key or fingerprint of every input.</param>
/// <param name="Figures">Counts and measurements a person wants to see: documents, tokens, coverage, seconds. Where there are shards, sums over them, beside the
/// constants of the format such as <c>k</c> and <c>vocabulary</c>.</param>
public sealed record Manifest(
    string Stage, int FormatVersion, string ToolVersion, string Key, JsonElement Options, IReadOnlyDictionary<string, string> Inputs, IReadOnlyDictionary<string, double> Figures)
{
    /// <summary>Its name in a stage's folder.</summary>
    public const string FileName = "manifest.json";

    /// <summary>Where the folder is one of several machines' shares, which: <c>2/8</c>.</summary>
    public string? Part { get; init; }

    /// <summary>The shards in order, each with its checksum; null for a stage that has none.</summary>
    public IReadOnlyList<ShardEntry>? Shards { get; init; }

    /// <summary>Names of the other files, with <c>/</c> between folders: what else lies in the folder is not ours.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>Whether a file of this folder is part of the output.</summary>
    /// <param name="name">Relative, with <c>/</c> between folders.</param>
    internal bool Wrote(string name)
        => name is FileName or StageCost.FileName or StageFolder.KeyFile or ShardFolder.JournalFile || IsEventFile(name)
            || (Files?.Contains(name) ?? false) || (Shards?.Any(s => s.Name == name) ?? false);

    /// <summary>What a folder holds that no shard is.</summary>
    internal static List<string> FilesOf(string folder, Manifest manifest)
        => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'))
            .Where(n => !manifest.Wrote(n)).Order(StringComparer.Ordinal)];

    // Their names hold the time.
    private static bool IsEventFile(string name) => Path.GetFileName(name).StartsWith("events.out.tfevents.", StringComparison.Ordinal) || Path.GetFileName(name).EndsWith(".tfevents", StringComparison.Ordinal);

    /// <summary>Reads a folder's manifest; of the parts of several machines, the one that a single machine's run would have written.</summary>
    /// <exception cref="ArtifactException">There is none, it is damaged, or a part is missing.</exception>
    public static Manifest Read(string folder)
    {
        if (ReadOwn(folder) is { } own)
        {
            return own;
        }

        var parts = PartFolders.In(folder);
        return parts.Count > 0 ? PartFolders.Combine(parts)
            : throw new ArtifactException($"'{folder}' is not the finished output of a stage: it has no {FileName}. Run the stage that makes it.");
    }

    /// <summary>Reads the manifest that stands in the folder itself; null where there is none.</summary>
    internal static Manifest? ReadOwn(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllText(path), ArtifactJson.Options)
                ?? throw new ArtifactException($"'{path}' is empty. Delete the folder and run its stage again.");
        }
        catch (JsonException fault)
        {
            throw new ArtifactException($"'{path}' is damaged: {fault.Message} Delete the folder and run its stage again.", fault);
        }
    }

    /// <summary>The sums over the shards' figures, in the shards' order, so that parts and a single run come to the same last bit.</summary>
    internal static Dictionary<string, double> Totals(IEnumerable<ShardEntry> shards)
    {
        var totals = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in shards.SelectMany(s => s.Figures))
        {
            totals[name] = totals.GetValueOrDefault(name) + value;
        }

        return totals;
    }
}
