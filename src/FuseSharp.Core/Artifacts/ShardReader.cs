using Apache.Arrow;
using FuseSharp.Core.Errors;
using ParquetSharp.Arrow;

namespace FuseSharp.Core.Artifacts;

/// <summary>Reads the rows of one Parquet file as Arrow record batches, row group by row group.</summary>
internal sealed class ShardReader : IDisposable
{
    // Rows of a record batch: documents of 2,000 tokens, so some megabytes.
    private const int RowsPerBatch = 64;

    private readonly string _path;
    private readonly FileReader _reader;

    public ShardReader(string path)
    {
        _path = path;
        using var properties = ArrowReaderProperties.GetDefault();
        properties.BatchSize = RowsPerBatch;
        _reader = Guarded(() => new FileReader(path, arrowProperties: properties));
        Count = Guarded(() => _reader.NumRowGroups);
    }

    /// <summary>Row groups in the file.</summary>
    public int Count { get; }

    /// <summary>The batches of a row group; each is valid until the next one is asked for.</summary>
    public IEnumerable<RecordBatch> Read(int group)
    {
        using var batches = Guarded(() => _reader.GetRecordBatchReader(rowGroups: [group]));
        while (Guarded(() => batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult()) is { } batch)
        {
            using (batch)
            {
                yield return batch;
            }
        }
    }

    public void Dispose() => _reader.Dispose();

    // The library throws whatever a damaged file happens to provoke.
    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is not (ArtifactException or OutOfMemoryException))
        {
            throw new ArtifactException($"'{_path}' cannot be read as a Parquet file: {fault.Message.ReplaceLineEndings(" ")} Make the stage again.", fault);
        }
    }
}
