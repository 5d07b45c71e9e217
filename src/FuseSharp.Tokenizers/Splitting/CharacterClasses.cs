using System.Globalization;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>The class of every character, by a table for the basic plane.</summary>
internal static class CharacterClasses
{
    private static readonly CharacterClass[] _basicPlane = BuildBasicPlane();

    /// <summary>The class of the character at an index.</summary>
    /// <param name="text">UTF-16; a lone surrogate (a byte that forms no character) counts as a letter, the most likely.</param>
    /// <param name="index">Of its first unit.</param>
    /// <param name="width">Its number of units, 1 or 2.</param>
    public static CharacterClass At(ReadOnlySpan<char> text, int index, out int width)
    {
        char c = text[index];
        width = 1;
        if (!char.IsHighSurrogate(c) || index + 1 >= text.Length || !char.IsLowSurrogate(text[index + 1]))
        {
            return _basicPlane[c];
        }

        width = 2;
        return ClassOf(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(c, text[index + 1])));
    }

    /// <summary>Where a run of characters of one class ends.</summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int start, CharacterClass wanted)
    {
        while (start < text.Length && At(text, start, out int width) == wanted)
        {
            start += width;
        }

        return start;
    }

    private static CharacterClass[] BuildBasicPlane()
    {
        var classes = new CharacterClass[char.MaxValue + 1];
        for (int c = 0; c <= char.MaxValue; c++)
        {
            classes[c] = char.IsWhiteSpace((char)c) ? CharacterClass.Space : ClassOf(char.GetUnicodeCategory((char)c));
        }

        return classes;
    }

    private static CharacterClass ClassOf(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter or UnicodeCategory.Surrogate => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        _ => CharacterClass.Other,
    };
}
