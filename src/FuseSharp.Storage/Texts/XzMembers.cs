using SharpCompress.Compressors.Xz;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads all streams of an .xz file one after another: <c>pixz</c>, and <c>cat</c> of several files, write more than one.</summary>
/// <param name="file">Owned.</param>
internal sealed class XzMembers(FileStream file) : Stream
{
    private const int PaddingUnit = 4; // zeros between streams come in fours

    private Stream? _member = new XZStream(file);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (_member is not null && count > 0)
        {
            int read = _member.Read(buffer, offset, count);
            if (read > 0)
            {
                return read;
            }

            _member = HasMore() ? new XZStream(file) : null;
        }

        return 0;
    }

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
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    // Goes over the padding to the next stream.
    private bool HasMore()
    {
        Span<byte> unit = stackalloc byte[PaddingUnit];
        for (int read; (read = file.ReadAtLeast(unit, PaddingUnit, throwOnEndOfStream: false)) > 0;)
        {
            if (unit[..read].ContainsAnyExcept((byte)0))
            {
                file.Position -= read;
                return true;
            }
        }

        return false;
    }
}
