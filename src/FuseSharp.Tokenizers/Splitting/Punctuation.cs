using System.Globalization;
using FuseSharp.Tokenizers.Patterns;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>What Hugging Face takes for punctuation: that of ASCII, symbols included, and the categories Pc to Po as Unicode 8 had them.</summary>
internal static class Punctuation
{
    // Where Unicode 8 says otherwise than .NET: what came later, and what changed its category.
    private static readonly CodePointSet _otherwise = CodePointSet.Parse("""
        61D 9FD A76 C77 C84 166D 1B4E-1B4F 1B7D-1B7F 2E43-2E4F 2E52-2E5D 10D6E 10EAD 10F55-10F59 10F86-10F89 111C9 113D4-113D5
        113D7-113D8 1144B-1144F 1145A-1145B 1145D 11660-1166C 116B9 1183B 11944-11946 119E2 11A3F-11A46 11A9A-11A9C 11A9E-11AA2
        11B00-11B09 11BE1 11C41-11C45 11C70-11C71 11EF7-11EF8 11F43-11F4F 11FFF 12FF1-12FF2 16D6D-16D6F 16E97-16E9A 16FE2 1E5FF
        1E95E-1E95F
        """);

    /// <summary>Whether a code point is punctuation.</summary>
    public static bool Is(int code)
        => code < 128 ? char.IsPunctuation((char)code) || char.IsSymbol((char)code)
            : CharUnicodeInfo.GetUnicodeCategory(code) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation != _otherwise.Contains(code);
}
