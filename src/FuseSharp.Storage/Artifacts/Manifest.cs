using System.Security.Cryptography;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Files;

namespace FuseSharp.Storage.Artifacts;

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
    public const string FileName = NoteFiles.Manifest;

    /// <summary>Where the folder is one of several machines' shares, which: <c>2/8</c>.</summary>
    public string? Part { get; init; }

    /// <summary>The shards in order, each with its checksum; null for a stage that has none.</summary>
    public IReadOnlyList<ShardEntry>? Shards { get; init; }

    /// <summary>Names of the other files, with <c>/</c> between folders: what else lies in the folder is not ours.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>Hexadecimal SHA-256 of those of <see cref="Files"/> that are no notes; null in the manifests of earlier versions.</summary>
    public IReadOnlyDictionary<string, string>? Checksums { get; init; }

    /// <summary>Whether a file of this folder is part of the output.</summary>
    /// <param name="name">Relative, with <c>/</c> between folders.</param>
    internal bool Wrote(string name)
        => name is ShardJournal.JournalFile or FileName or StageCost.FileName or StageDirectory.KeyFile || NoteFiles.IsEventFile(name)
            || (Files?.Contains(name) ?? false) || (Shards?.Any(s => s.Name == name) ?? false);

    /// <summary>What a folder holds that no shard is.</summary>
    internal static List<string> FilesOf(string folder, Manifest manifest)
        => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'))
            .Where(n => !manifest.Wrote(n)).Order(StringComparer.Ordinal)];

    /// <summary>The checksums of a folder's files.</summary>
    /// <param name="folder">Holds them.</param>
    /// <param name="files">Their names.</param>
    internal static SortedDictionary<string, string> ChecksumsOf(string folder, IEnumerable<string> files)
        => new(files.Where(f => !NoteFiles.Is(f)).ToDictionary(f => f, f => ChecksumOf(Path.Combine(folder, f))), StringComparer.Ordinal);

    /// <summary>Hexadecimal SHA-256 of a file, as <c>sha256sum</c> prints it.</summary>
    internal static string ChecksumOf(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

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

    /// <summary>The first of the output's files that is no longer there; null where none is missing. Notes, such as a model card, are not needed.</summary>
    /// <param name="folder">Of the finished output.</param>
    public string? MissingFile(string folder) => Checksums?.Keys.FirstOrDefault(f => !File.Exists(Path.Combine(folder, f)));

    /// <summary>Reads the manifest that stands in the folder itself; null where there is none.</summary>
    public static Manifest? ReadOwn(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var manifest = ArtifactJson.Read<Manifest>(path);
        return ManifestErrors.Find(manifest) is not { } fault ? manifest
            : throw new ArtifactException($"'{path}' is damaged: {fault}. Delete its folder and run its stage again.");
    }

    /// <summary>A figure that counts something.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="most">Largest that can be right.</param>
    /// <exception cref="ArtifactException">It is missing, or not a count.</exception>
    public int Count(string name, int most = int.MaxValue) => CountIn(Figures, name, most, $"The manifest of a '{Stage}' output");

    /// <summary>The same of a shard's figures.</summary>
    public static int CountIn(IReadOnlyDictionary<string, double> figures, string name, int most, string whose)
        => figures.TryGetValue(name, out double value) && value >= 0 && value <= most && value == Math.Floor(value) ? (int)value
            : throw new ArtifactException(FormattableString.Invariant(
                $"{whose} {(figures.ContainsKey(name) ? $"says {value} for the figure" : "lacks the figure")} '{name}', which is a count of at most {most:N0}: an earlier version made it, or it was changed. Run the stage again."));

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
