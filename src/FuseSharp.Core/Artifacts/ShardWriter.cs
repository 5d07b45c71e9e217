using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace FuseSharp.Core.Artifacts;

/// <summary>Writes one Arrow IPC file, which appears under its name only when it is complete and on disk; unfinished, it goes away.</summary>
internal sealed class ShardWriter : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly HashingStream _hashing;
    private readonly ArrowFileWriter _writer;
    private bool _isComplete;

    public ShardWriter(string path, Schema schema, ShardCompression compression)
    {
        _path = path;
        _stream = new FileStream(path + Durable.PartialSuffix, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        _hashing = new HashingStream(_stream);
        _writer = new ArrowFileWriter(_hashing, schema, leaveOpen: true, new IpcOptions
        {
            CompressionCodec = compression switch { ShardCompression.Lz4 => CompressionCodecType.Lz4Frame, ShardCompression.Zstd => CompressionCodecType.Zstd, _ => null },
            CompressionCodecFactory = compression == ShardCompression.None ? null : new CompressionCodecFactory(),
        });
        _writer.WriteStart(); // a shard of no rows is a whole Arrow file too
    }

    public void Write(RecordBatch batch) => _writer.WriteRecordBatch(batch);

    /// <summary>Finishes the file and gives it its name.</summary>
    public (long Bytes, string Sha256) Complete()
    {
        _writer.WriteEnd();
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
}
