using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Artifacts;

/// <summary>Reads the record batches of one Arrow IPC file, by number.</summary>
internal sealed class ShardReader : IDisposable
{
    private readonly string _path;
    private readonly ArrowFileReader _reader;

    public ShardReader(string path)
    {
        _path = path;
        _reader = Guarded(() => new ArrowFileReader(File.OpenRead(path), new CompressionCodecFactory()));
        Count = Guarded(() => _reader.RecordBatchCountAsync().AsTask().GetAwaiter().GetResult());
        Schema = Guarded(() => _reader.Schema);
    }

    /// <summary>Names and types of the columns.</summary>
    public Schema Schema { get; }

    /// <summary>Record batches in the file.</summary>
    public int Count { get; }

    public RecordBatch Read(int index)
        => Guarded(() => _reader.ReadRecordBatchAsync(index).AsTask().GetAwaiter().GetResult())
            ?? throw new ArtifactException($"'{_path}' holds no record batch {index}. Make the stage again.");

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
            throw new ArtifactException($"'{_path}' cannot be read as an Arrow file: {fault.Message.ReplaceLineEndings(" ")} Make the stage again.", fault);
        }
    }
}
