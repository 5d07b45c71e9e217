using System.Text;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads the lines of a UTF-8 stream, one in memory at a time; a line that is no UTF-8 or too long is a fault of that line alone.</summary>
internal sealed class LineReader(Stream stream) : IDisposable
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly MemoryStream _line = new();
    private int _next;
    private int _filled;
    private bool _isFirst = true;

    /// <summary>The next line without its end, or what is wrong with it; null behind the last.</summary>
    public (string Text, string? Error)? Read()
    {
        _line.SetLength(0);
        long length = 0;
        bool hasLine = false;
        while (_next < _filled || Fill())
        {
            hasLine = true;
            var rest = _buffer.AsSpan(_next, _filled - _next);
            int end = rest.IndexOf((byte)'\n');
            var part = end < 0 ? rest : rest[..end];
            length += part.Length;
            if (length <= TextFiles.LargestDocument)
            {
                _line.Write(part);
            }

            _next += part.Length + (end < 0 ? 0 : 1);
            if (end >= 0)
            {
                break;
            }
        }

        return !hasLine ? null
            : length > TextFiles.LargestDocument ? ("", FormattableString.Invariant($"is a line of {length:N0} bytes; a document has at most {TextFiles.LargestDocument:N0}. Cut it."))
            : Decode(_line.GetBuffer().AsSpan(0, (int)_line.Length));
    }

    /// <summary>Text of some bytes, or what is wrong with them.</summary>
    public static (string Text, string? Error) Decode(ReadOnlySpan<byte> bytes, bool isWholeFile)
    {
        var text = isWholeFile && bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        try
        {
            return (_strict.GetString(text), null);
        }
        catch (DecoderFallbackException fault)
        {
            return ("", FormattableString.Invariant($"is not UTF-8: byte 0x{(fault.BytesUnknown is [byte first, ..] ? first : 0):X2} fits nowhere. Convert the file to UTF-8."));
        }
    }

    private (string Text, string? Error) Decode(ReadOnlySpan<byte> line)
    {
        bool isFirst = _isFirst;
        _isFirst = false;
        return Decode(line.EndsWith("\r"u8) ? line[..^1] : line, isFirst);
    }

    /// <inheritdoc/>
    public void Dispose() => _line.Dispose();

    private bool Fill()
    {
        _next = 0;
        _filled = stream.Read(_buffer);
        return _filled > 0;
    }
}
