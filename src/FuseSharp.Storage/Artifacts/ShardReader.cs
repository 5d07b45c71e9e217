using Apache.Arrow;
using FuseSharp.Errors;
using ParquetSharp.Arrow;

namespace FuseSharp.Storage.Artifacts;

/// <summary>Reads the rows of one Parquet file as Arrow record batches, row group by row group.</summary>
public sealed class ShardReader : IDisposable
{
    // Rows of a record batch: documents of 2,000 tokens, so some megabytes.
    private const int RowsPerBatch = 64;

    private readonly string _path;
    private readonly FileReader _reader;
    private readonly int[]? _columns;

    /// <param name="path">The file.</param>
    /// <param name="columns">Those to read, none of them nested deeper than a list; none for all.</param>
    public ShardReader(string path, params string[] columns)
    {
        _path = path;
        using var properties = ArrowReaderProperties.GetDefault();
        properties.BatchSize = RowsPerBatch;
        _reader = Guarded(() => new FileReader(path, arrowProperties: properties));
        Count = Guarded(() => _reader.NumRowGroups);
        _columns = columns.Length == 0 ? null : Guarded(() => System.Array.ConvertAll(columns, c => _reader.Schema.GetFieldIndex(c)));
    }

    /// <summary>Row groups in the file.</summary>
    public int Count { get; }

    /// <summary>The batches of a row group; each is valid until the next one is asked for.</summary>
    public IEnumerable<RecordBatch> Read(int group)
    {
        using var batches = Guarded(() => _reader.GetRecordBatchReader(rowGroups: [group], columns: _columns));
        while (Guarded(() => batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult()) is { } batch)
        {
            using (batch)
            {
                yield return batch;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    /// <summary>Reads with the library, whose errors become ours.</summary>
    /// <param name="read">What is read.</param>
    /// <typeparam name="T">Of what is read.</typeparam>
    /// <exception cref="ArtifactException">The file is damaged.</exception>
    // The library throws whatever a damaged file happens to provoke, and rows that do not belong together lead out of their bounds.
    public T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is not (FuseSharpException or OutOfMemoryException or OperationCanceledException))
        {
            throw new ArtifactException($"'{_path}' cannot be read as a Parquet file: {fault.Message.ReplaceLineEndings(" ")} Make the stage again.", fault);
        }
    }
}
