using Apache.Arrow;
using ParquetSharp.Arrow;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads a Parquet file, some rows at a time.</summary>
public static class ParquetTexts
{
    private const int RowsPerBatch = 256;

    /// <summary>One text column.</summary>
    public static IEnumerable<Document> Read(string file, string column)
    {
        var batches = new RecordBatches(file, "Parquet");
        using var properties = Properties();
        using var reader = batches.Guarded(() => new FileReader(file, arrowProperties: properties));
        using var stream = batches.Guarded(() => reader.GetRecordBatchReader());
        foreach (var document in batches.Documents(column, batches.Guarded(() => reader.Schema), () => Next(stream)))
        {
            yield return document;
        }
    }

    /// <summary>The names of the columns.</summary>
    public static string[] Columns(string file)
    {
        var batches = new RecordBatches(file, "Parquet");
        using var reader = batches.Guarded(() => new FileReader(file));
        return batches.Guarded(() => reader.Schema.FieldsList.Select(f => f.Name).ToArray());
    }

    /// <summary>All columns of every row as a JSON object.</summary>
    public static IEnumerable<byte[]> Rows(string file)
    {
        var batches = new RecordBatches(file, "Parquet");
        using var properties = Properties();
        using var reader = batches.Guarded(() => new FileReader(file, arrowProperties: properties));
        using var stream = batches.Guarded(() => reader.GetRecordBatchReader());
        foreach (byte[] row in batches.Rows(() => Next(stream)))
        {
            yield return row;
        }
    }

    private static ArrowReaderProperties Properties()
    {
        var properties = ArrowReaderProperties.GetDefault();
        properties.BatchSize = RowsPerBatch;
        return properties;
    }

    private static RecordBatch? Next(Apache.Arrow.Ipc.IArrowArrayStream stream) => stream.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult();
}
