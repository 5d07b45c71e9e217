using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads an Arrow file, a record batch at a time: the stream format, in which Hugging Face <c>save_to_disk</c> writes, or the file format, also called Feather.</summary>
public static class ArrowTexts
{
    /// <summary>One text column.</summary>
    public static IEnumerable<Document> Read(string file, string column)
    {
        var batches = new RecordBatches(file, "Arrow");
        using var reader = batches.Guarded(() => Open(file));
        foreach (var document in batches.Documents(column, batches.Guarded(() => reader.Schema), reader.ReadNextRecordBatch))
        {
            yield return document;
        }
    }

    /// <summary>The names of the columns.</summary>
    public static string[] Columns(string file)
    {
        var batches = new RecordBatches(file, "Arrow");
        using var reader = batches.Guarded(() => Open(file));
        return batches.Guarded(() => reader.Schema.FieldsList.Select(f => f.Name).ToArray());
    }

    /// <summary>All columns of every row as a JSON object.</summary>
    public static IEnumerable<byte[]> Rows(string file)
    {
        var batches = new RecordBatches(file, "Arrow");
        using var reader = batches.Guarded(() => Open(file));
        foreach (byte[] row in batches.Rows(reader.ReadNextRecordBatch))
        {
            yield return row;
        }
    }

    // The file format begins with a word of its own; the stream format with the length of the schema's message.
    private static ArrowStreamReader Open(string file)
    {
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            new ArrowMessages(stream).Check();
            Span<byte> start = stackalloc byte[6];
            bool isFile = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("ARROW1"u8);
            stream.Position = 0;
            return isFile ? new ArrowFileReader(stream, new CompressionCodecFactory()) : new ArrowStreamReader(stream, new CompressionCodecFactory(), leaveOpen: false);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }
}
