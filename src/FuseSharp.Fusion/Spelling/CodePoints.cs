namespace FuseSharp.Fusion.Spelling;

/// <summary>Strings as Python sees them: sequences of Unicode code points.</summary>
internal static class CodePoints
{
    /// <summary>Writes the code points of a text.</summary>
    /// <param name="text">UTF-16; a surrogate without its partner counts as a code point of its own.</param>
    /// <param name="into">At least as long as the text.</param>
    /// <returns>How many there are.</returns>
    public static int Write(ReadOnlySpan<char> text, Span<int> into)
    {
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            into[count++] = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])
                ? char.ConvertToUtf32(text[i], text[++i])
                : text[i];
        }

        return count;
    }
}
