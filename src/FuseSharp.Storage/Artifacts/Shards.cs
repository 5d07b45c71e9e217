using System.Globalization;
using Apache.Arrow;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Artifacts;

/// <summary>Names of shards, <c>00000.parquet</c>, <c>00001.parquet</c>, …, and their rows.</summary>
public static class Shards
{
    private const string Extension = ".parquet";

    /// <summary>The order in which shards follow each other: by sub-folder, then by number.</summary>
    public static Comparer<string> NameOrder { get; } = Comparer<string>.Create((a, b) =>
    {
        int folders = string.CompareOrdinal(FolderOf(a), FolderOf(b));
        return folders != 0 ? folders : NumberOf(a).CompareTo(NumberOf(b));
    });

    /// <summary>A shard's name in its stage's folder.</summary>
    /// <param name="number">0-based.</param>
    /// <param name="subfolder">Where the stage has several rows of shards, the one it belongs to.</param>
    public static string NameOf(int number, string? subfolder = null)
        => (subfolder is null ? "" : subfolder + "/") + number.ToString("D5", CultureInfo.InvariantCulture) + Extension;

    /// <summary>The number of a shard, 0-based.</summary>
    /// <param name="name">As the manifest lists it.</param>
    /// <exception cref="ArtifactException">It is no shard’s name.</exception>
    public static int NumberOf(string name)
        => int.TryParse(name.AsSpan(FolderOf(name).Length, name.Length - FolderOf(name).Length - Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new ArtifactException($"The manifest lists a shard '{name}'; a shard's name is its number, such as {NameOf(0)}. Run the stage again.");

    /// <summary>Whether a name is one that <see cref="NameOf"/> gives.</summary>
    public static bool IsName(string name)
        => name.EndsWith(Extension, StringComparison.Ordinal) && FolderOf(name) is var folder && (folder.Length == 0 || folder[..^1].All(char.IsAsciiLetterOrDigit))
            && name[folder.Length..^Extension.Length] is { Length: >= 5 } number && number.All(char.IsAsciiDigit) && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>All rows of a file; one row group is in memory at a time.</summary>
    public static IEnumerable<T> Read<T>(string path, Func<RecordBatch, int, T> ofRow, params string[] columns)
    {
        using var reader = new ShardReader(path, columns);
        for (int group = 0; group < reader.Count; group++)
        {
            foreach (var batch in reader.Read(group))
            {
                for (int row = 0; row < batch.Length; row++)
                {
                    yield return reader.Guarded(() => ofRow(batch, row));
                }
            }
        }
    }

    private static string FolderOf(string name) => name[..(name.LastIndexOf('/') + 1)];
}
