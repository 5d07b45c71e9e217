using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Texts;

/// <summary>Reads one text column of an Arrow file, a record batch at a time: the stream format, in which Hugging Face <c>save_to_disk</c> writes, or the file format.</summary>
internal static class ArrowTexts
{
    public static IEnumerable<Document> Read(string file, string column)
    {
        using var reader = Guarded(file, () => Open(file));
        int index = Guarded(file, () => reader.Schema).FieldsList.ToList().FindIndex(f => f.Name == column);
        foreach (var document in TextColumn.Read(file, column, index, reader.Schema, () => Guarded(file, reader.ReadNextRecordBatch)))
        {
            yield return document;
        }
    }

    /// <summary>All columns of every row as a JSON object.</summary>
    public static IEnumerable<byte[]> Rows(string file)
    {
        using var reader = Guarded(file, () => Open(file));
        while (Guarded(file, reader.ReadNextRecordBatch) is { } batch)
        {
            using (batch)
            {
                for (int i = 0; i < batch.Length; i++)
                {
                    int row = i;
                    yield return Guarded(file, () => ArrowRows.ToJson(batch, row));
                }
            }
        }
    }

    // The file format begins with a word of its own; the stream format with the length of the schema's message.
    private static ArrowStreamReader Open(string file)
    {
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        Span<byte> start = stackalloc byte[6];
        bool isFile = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("ARROW1"u8);
        stream.Position = 0;
        return isFile ? new ArrowFileReader(stream, new CompressionCodecFactory()) : new ArrowStreamReader(stream, new CompressionCodecFactory(), leaveOpen: false);
    }

    // The library throws whatever a damaged file happens to provoke.
    private static T Guarded<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is not (ArtifactException or OutOfMemoryException))
        {
            throw new ArtifactException($"'{file}' cannot be read as Arrow: {fault.Message.ReplaceLineEndings(" ")} Write the file again.", fault);
        }
    }
}
