using Apache.Arrow;
using FuseSharp.Files;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace FuseSharp.Storage.Artifacts;

/// <summary>Writes one Parquet file, which appears under its name only when it is complete and on disk; unfinished, it goes away.</summary>
internal sealed class ShardWriter : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly HashingStream _hashing;
    private readonly FileWriter _writer;
    private bool _isComplete;

    /// <param name="path">Final name.</param>
    /// <param name="schema">Of its rows.</param>
    /// <param name="compression">Of its pages.</param>
    /// <param name="rowsPerGroup">Rows of a row group: encoded together, in memory until they are complete, and read on their own.</param>
    public ShardWriter(string path, Schema schema, ShardCompression compression, int rowsPerGroup)
    {
        _path = path;
        _stream = new FileStream(path + Durable.PartialSuffix, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        _hashing = new HashingStream(_stream);
        using var builder = new WriterPropertiesBuilder();
        using var properties = builder.MaxRowGroupLength(rowsPerGroup).Compression(compression switch
        {
            ShardCompression.Lz4 => Compression.Lz4,
            ShardCompression.Zstd => Compression.Zstd,
            _ => Compression.Uncompressed,
        }).Build();
        using var arrowBuilder = new ArrowWriterPropertiesBuilder();
        using var arrowProperties = arrowBuilder.StoreSchema().Build();
        _writer = new FileWriter(_hashing, schema, properties, arrowProperties, leaveOpen: true);
    }

    public void Write(RecordBatch batch) => Guarded(() => _writer.WriteBufferedRecordBatch(batch));

    /// <summary>Finishes the file and gives it its name.</summary>
    public (long Bytes, string Sha256) Complete()
    {
        Guarded(_writer.Close);
        _stream.Flush(flushToDisk: true);
        var result = (_hashing.Position, _hashing.Sha256());
        _stream.Dispose();
        Durable.Publish(_path);
        _isComplete = true;
        return result;
    }

    public void Dispose()
    {
        _writer.Dispose();
        _hashing.Dispose();
        if (_isComplete)
        {
            return;
        }

        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // The disk is full, and this is the last buffer of a file that is thrown away: the first fault is on its way already.
        }

        File.Delete(_path + Durable.PartialSuffix);
    }

    private void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (ParquetException) when (_hashing.Error is { } fault)
        {
            throw new IOException(fault.Message, fault.HResult);
        }
    }
}
