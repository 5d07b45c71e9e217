using System.IO.Compression;
using FuseSharp.Errors;
using SharpCompress.Compressors.BZip2;

namespace FuseSharp.Storage.Texts;

/// <summary>Opens a file of text, undoing gzip (.gz), Zstandard (.zst), bzip2 (.bz2) or xz (.xz) on the way.</summary>
internal sealed class TextStream : Stream
{
    private readonly string _file;
    private readonly Stream _inner;

    // Otherwise .NET takes a .gz file that is cut short for one that ends there. Read by it once, as the first such stream is made.
    static TextStream() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    private TextStream(string file, Stream inner)
    {
        _file = file;
        _inner = inner;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Opens it for reading from its start to its end.</summary>
    /// <exception cref="ArtifactException">It cannot be opened; reading throws the same where the compressed data is damaged.</exception>
    public static TextStream Open(string file)
    {
        try
        {
            if (LfsPointer.Is(file))
            {
                throw new ArtifactException($"'{file}' {LfsPointer.Message}");
            }

            var raw = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            return new TextStream(file, TextKinds.CompressionOf(file) switch
            {
                ".gz" => new GZipStream(raw, System.IO.Compression.CompressionMode.Decompress),
                ".zst" => new ZstdSharp.DecompressionStream(raw, leaveOpen: false),
                ".bz2" => BZip2Stream.Create(raw, SharpCompress.Compressors.CompressionMode.Decompress, true, false, false),
                ".xz" => new XzMembers(raw),
                _ => raw,
            });
        }
        catch (Exception fault) when (fault is not FuseSharpException)
        {
            throw new ArtifactException($"'{file}' cannot be read: {fault.Message} Correct the path or its permissions.", fault);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _inner.Read(buffer);
        }
        catch (Exception fault) when (fault is not FuseSharpException)
        {
            throw new ArtifactException($"'{_file}' cannot be read to its end: {LibraryErrors.OneLine(fault)} Copy or compress the file again.", fault);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
