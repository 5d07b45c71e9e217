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
        var builder = new AlignedTextBuilder(text.Length);
        int[] starts = text.Source.Starts;
        Span<byte> bytes = stackalloc byte[4];
        var span = text.Span;
        for (int at = 0; at < span.Length;)
        {
            bool isCharacter = Rune.DecodeFromUtf16(span[at..], out var rune, out int units) == System.Buffers.OperationStatus.Done;
            int width = 1;
            if (isCharacter)
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
                builder.Append(ByteAlphabet.CharacterOf(bytes[i]), isUnchanged ? start + i : start);
            }

            at += units;
        }

        return builder.Build(starts[text.EndExclusive]);
    }
}
