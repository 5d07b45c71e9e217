using System.Text;

namespace FuseSharp.Tokenizers.Bpe;

/// <summary>UTF-8 of texts in which a lone surrogate U+DC80…U+DCFF stands for a byte that forms no character.</summary>
internal static class EscapedUtf8
{
    /// <summary>The byte that a lone surrogate stands for.</summary>
    public static byte ByteOf(char escape) => (byte)(escape - 0xDC00);

    /// <summary>Writes the bytes of a text.</summary>
    /// <param name="text">UTF-16.</param>
    /// <param name="bytes">Room for 3 × text.Length.</param>
    /// <returns>Number of bytes.</returns>
    public static int Write(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        int count = 0;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out int width) == System.Buffers.OperationStatus.Done)
            {
                count += rune.EncodeToUtf8(bytes[count..]);
            }
            else
            {
                bytes[count++] = ByteOf(text[0]);
            }

            text = text[width..];
        }

        return count;
    }
}
