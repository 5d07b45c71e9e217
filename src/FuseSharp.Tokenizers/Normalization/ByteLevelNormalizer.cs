using System.Text;
using FuseSharp.Tokenizers.Bpe;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>"ByteLevel": writes the printable character for every byte of the text.</summary>
internal sealed class ByteLevelNormalizer : ITextNormalizer
{
    /// <inheritdoc/>
    public string Description => "byte-level";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
    {
        int[] starts = text.Source.Starts;
        var span = text.Span;
        char[] characters = new char[3 * span.Length];
        int[] places = new int[(3 * span.Length) + 1];
        int count = 0;
        Span<byte> bytes = stackalloc byte[4];
        for (int at = 0; at < span.Length;)
        {
            int width = 1;
            int units = 1;
            if (span[at] < 128)
            {
                bytes[0] = (byte)span[at];
            }
            else if (Rune.DecodeFromUtf16(span[at..], out var rune, out units) == System.Buffers.OperationStatus.Done)
            {
                width = rune.EncodeToUtf8(bytes);
            }
            else
            {
                bytes[0] = EscapedUtf8.ByteOf(span[at]);
            }

            // The bytes of an unchanged character keep their own places.
            int start = starts[text.Start + at];
            bool isUnchanged = starts[text.Start + at + units] - start == width;
            for (int i = 0; i < width; i++)
            {
                characters[count] = ByteAlphabet.CharacterOf(bytes[i]);
                places[count++] = isUnchanged ? start + i : start;
            }

            at += units;
        }

        places[count] = starts[text.EndExclusive];
        return AlignedText.FromParts(new string(characters, 0, count), places).All;
    }
}
