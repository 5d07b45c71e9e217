using FuseSharp.Core.Errors;
using ParquetSharp.Arrow;

namespace FuseSharp.Core.Texts;

/// <summary>Reads one text column of a Parquet file, some rows at a time.</summary>
internal static class ParquetTexts
{
    private const int RowsPerBatch = 256;

    public static IEnumerable<Document> Read(string file, string column)
    {
        using var properties = ArrowReaderProperties.GetDefault();
        properties.BatchSize = RowsPerBatch;
        using var reader = Guarded(file, () => new FileReader(file, arrowProperties: properties));
        int index = Guarded(file, () => reader.Schema).FieldsList.ToList().FindIndex(f => f.Name == column);
        using var batches = Guarded(file, () => reader.GetRecordBatchReader());
        foreach (var document in TextColumn.Read(file, column, index, reader.Schema, () => Guarded(file, () => batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult())))
        {
            yield return document;
        }
    }

    /// <summary>All columns of every row as a JSON object.</summary>
    public static IEnumerable<byte[]> Rows(string file)
    {
        using var properties = ArrowReaderProperties.GetDefault();
        properties.BatchSize = RowsPerBatch;
        using var reader = Guarded(file, () => new FileReader(file, arrowProperties: properties));
        using var batches = Guarded(file, () => reader.GetRecordBatchReader());
        while (Guarded(file, () => batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult()) is { } batch)
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

    // The library throws whatever a damaged file happens to provoke.
    private static T Guarded<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is not (ArtifactException or OutOfMemoryException))
        {
            throw new ArtifactException($"'{file}' cannot be read as Parquet: {fault.Message.ReplaceLineEndings(" ")} Write the file again.", fault);
        }
    }
}
