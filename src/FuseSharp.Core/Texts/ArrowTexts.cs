using Apache.Arrow;
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
        if (index < 0)
        {
            throw NoColumn(file, column, reader.Schema);
        }

        long row = 0;
        while (Guarded(file, reader.ReadNextRecordBatch) is { } batch)
        {
            using (batch)
            {
                var texts = TextsOf(batch.Column(index)) ?? throw NoColumn(file, column, reader.Schema);
                for (int i = 0; i < batch.Length; i++)
                {
                    row++;
                    string place = FormattableString.Invariant($"{file}:row {row}");
                    string? text = Guarded(file, () => texts(i));
                    yield return new Document(text ?? "", place) { Fault = text is null ? $"{place} has no text in its column '{column}'. Remove the row." : null };
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

    private static Func<int, string?>? TextsOf(IArrowArray column)
        => column switch
        {
            StringArray texts => i => texts.IsNull(i) ? null : texts.GetString(i),
            LargeStringArray texts => i => texts.IsNull(i) ? null : texts.GetString(i),
            StringViewArray texts => i => texts.IsNull(i) ? null : texts.GetString(i),
            _ => null,
        };

    private static ArtifactException NoColumn(string file, string column, Schema schema)
        => new($"'{file}' has no text column '{column}'; its columns are {string.Join(", ", schema.FieldsList.Select(f => $"{f.Name} ({f.DataType.Name})"))}. Name the column that holds the text with 'field' in the recipe or --field.");

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
