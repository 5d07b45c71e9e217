using System.Text;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>A text on its way through normalizers, each character with the byte of the original text at which it starts.</summary>
/// <remarks>Lone surrogates U+DC80…U+DCFF stand for bytes that form no character (as Python's <c>surrogateescape</c>); an ordinary
/// text never holds them, for <see cref="FromText"/> writes U+FFFD for every lone surrogate.</remarks>
internal sealed class AlignedText
{
    private AlignedText(string text, int[] starts)
    {
        Text = text;
        Starts = starts;
    }

    /// <summary>The characters, normalized as far as the way has gone.</summary>
    public string Text { get; }

    /// <summary>[Text.Length + 1]: byte offset in the original UTF-8 text of each character's start, never falling; the last is the end.
    /// Both halves of a surrogate pair have the pair's start.</summary>
    public int[] Starts { get; }

    /// <summary>The whole of it.</summary>
    public TextSlice All => new(this, 0, Text.Length);

    /// <summary>Starts the way of an ordinary text.</summary>
    public static AlignedText FromText(string text)
    {
        string wellFormed = WithoutLoneSurrogates(text);
        int[] starts = new int[wellFormed.Length + 1];
        int offset = 0;
        for (int i = 0; i < wellFormed.Length; i++)
        {
            char c = wellFormed[i];
            starts[i] = offset;
            if (c < 0x80)
            {
                offset++;
            }
            else if (char.IsHighSurrogate(c))
            {
                starts[++i] = offset;
                offset += 4;
            }
            else
            {
                offset += c < 0x800 ? 2 : 3;
            }
        }

        starts[^1] = offset;
        return new AlignedText(wellFormed, starts);
    }

    /// <summary>Starts the way of bytes that may be cut inside a character.</summary>
    public static AlignedText FromBytes(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        var starts = new List<int>(bytes.Length + 1);
        int offset = 0;
        while (offset < bytes.Length)
        {
            if (Rune.DecodeFromUtf8(bytes[offset..], out var rune, out int width) != System.Buffers.OperationStatus.Done)
            {
                // One escape for each byte, so that none is lost and the byte itself can be found again.
                text.Append((char)(0xDC00 + bytes[offset]));
                starts.Add(offset++);
                continue;
            }

            text.Append(rune.ToString());
            for (int i = 0; i < rune.Utf16SequenceLength; i++)
            {
                starts.Add(offset);
            }

            offset += width;
        }

        starts.Add(offset);
        return new AlignedText(text.ToString(), [.. starts]);
    }

    /// <summary>A changed text.</summary>
    /// <param name="text">The new characters.</param>
    /// <param name="starts">[text.Length + 1] or longer, see <see cref="Starts"/>.</param>
    public static AlignedText FromParts(string text, int[] starts) => new(text, starts);

    private static string WithoutLoneSurrogates(string text)
    {
        int first = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0)
        {
            return text;
        }

        char[]? changed = null;
        for (int i = first; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                i++;
                continue;
            }

            changed ??= text.ToCharArray();
            changed[i] = '\uFFFD';
        }

        return changed is null ? text : new string(changed);
    }
}
