namespace FuseSharp.Tokenizers.Words;

/// <summary>How many bytes of UTF-8 characters have.</summary>
internal static class Utf8Widths
{
    /// <summary>Bytes of the character at an index.</summary>
    /// <param name="text">UTF-16; half a pair stands for one byte.</param>
    /// <param name="index">Of its first unit.</param>
    /// <param name="units">Its number of units, 1 or 2.</param>
    public static int At(ReadOnlySpan<char> text, int index, out int units)
    {
        char c = text[index];
        units = 1;
        if (c < 0x800)
        {
            return c < 0x80 ? 1 : 2;
        }

        if (!char.IsSurrogate(c))
        {
            return 3;
        }

        if (index + 1 < text.Length && char.IsSurrogatePair(c, text[index + 1]))
        {
            units = 2;
            return 4;
        }

        return 1;
    }

    /// <summary>Bytes of a text.</summary>
    public static int Of(ReadOnlySpan<char> text)
    {
        int sum = 0;
        for (int at = 0; at < text.Length;)
        {
            sum += At(text, at, out int units);
            at += units;
        }

        return sum;
    }
}
