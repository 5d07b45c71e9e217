using System.Globalization;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>What Hugging Face takes for punctuation: that of ASCII, symbols included, and the categories Pc to Po.</summary>
internal static class Punctuation
{
    /// <summary>Whether a code point is punctuation.</summary>
    public static bool Is(int code)
        => code < 128 ? char.IsPunctuation((char)code) || char.IsSymbol((char)code)
            : CharUnicodeInfo.GetUnicodeCategory(code) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
}
