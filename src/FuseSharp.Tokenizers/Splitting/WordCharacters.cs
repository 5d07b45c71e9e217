using System.Globalization;
using System.Text;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Tells word characters from others as Rust's regular expressions do.</summary>
internal static class WordCharacters
{
    /// <summary>The character at an index.</summary>
    /// <param name="text">UTF-16; half a pair counts as a word character.</param>
    /// <param name="index">Of its first unit.</param>
    /// <param name="width">Its number of units.</param>
    public static WordCharacter At(ReadOnlySpan<char> text, int index, out int width)
    {
        bool isCharacter = Rune.DecodeFromUtf16(text[index..], out var rune, out width) == System.Buffers.OperationStatus.Done;
        return !isCharacter || IsWord(rune.Value) ? WordCharacter.Word : Rune.IsWhiteSpace(rune) ? WordCharacter.Space : WordCharacter.Other;
    }

    /// <summary><c>\w</c>: letters, marks, digits, connectors, the joiners, and the letters in circles and squares.</summary>
    public static bool IsWord(int code)
        => CharUnicodeInfo.GetUnicodeCategory(code) is <= UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation
            || code is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
}
