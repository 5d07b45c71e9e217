using System.Security.Cryptography;
using Apache.Arrow;
using FuseSharp.Errors;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Storage.Artifacts;

/// <summary>The finished shards of a data stage, whether one machine made them or several shared the work.</summary>
public sealed class Store
{
    private readonly Dictionary<string, string> _paths;

    private Store(string folder, Manifest manifest, Dictionary<string, string> paths)
    {
        Folder = folder;
        Manifest = manifest;
        _paths = paths;
    }

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>Of all parts together.</summary>
    public Manifest Manifest { get; }

    /// <summary>The shards in order.</summary>
    public IReadOnlyList<ShardEntry> Shards => Manifest.Shards!;

    /// <summary>The pieces of documents that this stage left out.</summary>
    public IEnumerable<PieceId> LeftOut => Shards.SelectMany(LeftOutOf);

    /// <summary>The pieces of documents that one shard left out.</summary>
    public static IEnumerable<PieceId> LeftOutOf(ShardEntry shard) => shard.LeftOut.Where(d => d.Number >= 0).Select(d => new PieceId(d.Number, d.Piece));

    /// <summary>Opens a stage's output; reads no shard.</summary>
    /// <exception cref="ArtifactException">It is missing, unfinished, or its stage makes no shards.</exception>
    public static Store Open(string folder)
    {
        var manifest = Manifest.Read(folder);
        if (manifest.Shards is null)
        {
            throw new ArtifactException($"'{folder}' is the output of '{manifest.Stage}' and lists no shards: it is not a data stage, or an earlier version wrote it. Name the output of split, represent, align or pack, or run the stage again.");
        }

        string[] folders = File.Exists(Path.Combine(folder, Manifest.FileName)) ? [folder] : [.. PartFolders.In(folder).Select(p => p.Folder)];
        var paths = folders.SelectMany(f => Manifest.ReadOwn(f)!.Shards!.Select(s => (s.Name, Path: Path.Combine(f, s.Name)))).ToDictionary(s => s.Name, s => s.Path);
        return new Store(folder, manifest, paths);
    }

    /// <summary>The file of a shard.</summary>
    public string PathOf(ShardEntry shard) => _paths[shard.Name];

    /// <summary>The rows of a shard, once its checksum has been found right.</summary>
    /// <param name="shard">One of <see cref="Shards"/>.</param>
    /// <param name="ofRow">Makes a row's value.</param>
    /// <param name="columns">Those to read; none for all.</param>
    public IEnumerable<T> Read<T>(ShardEntry shard, Func<RecordBatch, int, T> ofRow, params string[] columns)
    {
        Check(shard);
        return Storage.Artifacts.Shards.Read(PathOf(shard), ofRow, columns);
    }

    /// <summary>Compares a shard with its entry in the manifest.</summary>
    /// <exception cref="ArtifactException">It is missing or damaged.</exception>
    public void Check(ShardEntry shard)
    {
        if (ErrorOf(PathOf(shard), shard) is { } fault)
        {
            throw new ArtifactException($"{fault} Make it again: run '{Manifest.Stage}' as before, and let it repair damaged shards.");
        }
    }

    /// <summary>What is wrong with a shard's file; null where it is as its entry says.</summary>
    internal static string? ErrorOf(string path, ShardEntry shard)
    {
        if (!File.Exists(path))
        {
            return $"'{path}' is missing, though its manifest lists it.";
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        if (stream.Length != shard.Bytes)
        {
            return FormattableString.Invariant($"'{path}' is damaged: it has {stream.Length:N0} bytes, its manifest says {shard.Bytes:N0}.");
        }

        string found = Convert.ToHexStringLower(SHA256.HashData(stream));
        return found == shard.Sha256 ? null : $"'{path}' is damaged: its SHA-256 is {found[..16]}…, its manifest says {shard.Sha256[..16]}….";
    }
}
