using System.Globalization;
using Apache.Arrow;

namespace FuseSharp.Core.Artifacts;

/// <summary>A folder of numbered Arrow files, <c>00000.arrow</c>, <c>00001.arrow</c>, …</summary>
internal static class Shards
{
    /// <summary>Documents of a shard: as many as a packing group, so that shards of different models pair one to one.</summary>
    public const int DocumentsPerShard = 1000;

    // Small enough that a batch of long documents stays in tens of megabytes, large enough that headers do not count.
    private const int RowsPerBatch = 50;

    public static string PathOf(string folder, int number) => Path.Combine(folder, number.ToString("D5", CultureInfo.InvariantCulture) + ".arrow");

    /// <summary>The files of a finished folder, in order.</summary>
    public static string[] In(string folder) => [.. Directory.EnumerateFiles(folder, "*.arrow").Order(StringComparer.Ordinal)];

    public static void Write<T>(string path, Schema schema, IEnumerable<T> rows, Func<IReadOnlyList<T>, RecordBatch> toBatch, int rowsPerBatch = RowsPerBatch)
    {
        using var writer = new ShardWriter(path, schema);
        foreach (var chunk in rows.Chunk(rowsPerBatch))
        {
            using var batch = toBatch(chunk);
            writer.Write(batch);
        }

        writer.Complete();
    }

    public static IEnumerable<T> Read<T>(string path, Func<RecordBatch, int, T> ofRow)
    {
        using var reader = new ShardReader(path);
        for (int i = 0; i < reader.Count; i++)
        {
            using var batch = reader.Read(i);
            for (int row = 0; row < batch.Length; row++)
            {
                yield return ofRow(batch, row);
            }
        }
    }
}
