using System.IO.Compression;
using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Texts;

/// <summary>Opens a file of text, undoing gzip (.gz) or Zstandard (.zst) on the way.</summary>
internal sealed class TextStream : Stream
{
    private readonly string _file;
    private readonly Stream _inner;

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
            var raw = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            return new TextStream(file, Path.GetExtension(file) switch
            {
                ".gz" => new GZipStream(raw, CompressionMode.Decompress),
                ".zst" => new ZstdSharp.DecompressionStream(raw, leaveOpen: false),
                _ => raw,
            });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ArtifactException($"'{file}' cannot be read: {fault.Message} Correct the path or its permissions.", fault);
        }
    }

    /// <summary>A file's name without the ending that tells its compression.</summary>
    public static string Uncompressed(string file) => Path.GetExtension(file) is ".gz" or ".zst" ? Path.GetFileNameWithoutExtension(file) : file;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _inner.Read(buffer);
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or ZstdSharp.ZstdException)
        {
            throw new ArtifactException($"'{_file}' cannot be read to its end: {fault.Message.ReplaceLineEndings(" ")} Copy or compress the file again.", fault);
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
