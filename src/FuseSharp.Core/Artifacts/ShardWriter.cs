using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace FuseSharp.Core.Artifacts;

/// <summary>Writes one Arrow IPC file, which appears under its name only when it is complete and on disk.</summary>
internal sealed class ShardWriter : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly ArrowFileWriter _writer;

    public ShardWriter(string path, Schema schema)
    {
        _path = path;
        _stream = new FileStream(path + ".partial", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        _writer = new ArrowFileWriter(_stream, schema, leaveOpen: true);
    }

    public void Write(RecordBatch batch) => _writer.WriteRecordBatch(batch);

    public void Complete()
    {
        _writer.WriteEnd();
        _stream.Flush(flushToDisk: true);
        Dispose();
        File.Move(_path + ".partial", _path, overwrite: true);
    }

    public void Dispose()
    {
        _writer.Dispose();
        _stream.Dispose();
    }
}
