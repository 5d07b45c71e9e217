using System.Globalization;
using System.Text;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Upper and lower case as Python has them: full mappings, in which one letter can become several.</summary>
internal static class PythonCase
{
    /// <summary><c>str.upper</c>.</summary>
    public static string Upper(string text)
    {
        string upper = text.ToUpperInvariant();
        return upper.AsSpan().IndexOfAnyExceptInRange('\0', '\u00DE') < 0 ? upper
            : string.Concat(upper.Select(c => SpecialCasing.Upper.GetValueOrDefault(c) ?? c.ToString()));
    }

    /// <summary><c>str.lower</c>.</summary>
    public static string Lower(string text)
    {
        string lower = text.ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);
        if (!text.Contains('\u03A3', StringComparison.Ordinal))
        {
            return lower;
        }

        // A sigma that ends a word has a form of its own.
        var result = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            result.Append(text[at] == '\u03A3' ? (Touches(text, at, -1) && !Touches(text, at, 1) ? '\u03C2' : '\u03C3') : '\0');
            if (text[at] != '\u03A3')
            {
                result.Length--;
                int width = PythonText.WidthAt(text, at);
                result.Append(text.Substring(at, width).ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal));
                at += width - 1;
            }
        }

        return result.ToString();
    }

    /// <summary><c>str.capitalize</c>: the first letter in title case, the others small.</summary>
    public static string Capitalized(string text)
    {
        int first = text.Length == 0 ? 0 : PythonText.WidthAt(text, 0);
        return Titled(text[..first]) + Lower(text)[Math.Min(first, text.Length)..];
    }

    /// <summary><c>str.title</c>: every letter behind none in title case.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        string lower = Lower(text);
        bool isInside = false;
        for (int at = 0; at < text.Length;)
        {
            int width = PythonText.WidthAt(text, at);
            string letter = text.Substring(at, width);
            result.Append(!isInside ? Titled(letter) : lower.Length == text.Length ? lower.Substring(at, width) : Lower(letter));
            isInside = IsCased(text, at);
            at += width;
        }

        return result.ToString();
    }

    /// <summary>Whether there are letters with a case, all of them small.</summary>
    public static bool IsLower(string text) => HasCase(text) && Lower(text) == text && !PythonText.Characters(text).Cast<string>().Any(c => CharUnicodeInfo.GetUnicodeCategory(c, 0) is UnicodeCategory.TitlecaseLetter);

    /// <summary>Whether there are letters with a case, all of them large.</summary>
    public static bool IsUpper(string text)
        => HasCase(text) && !PythonText.Characters(text).Cast<string>().Any(c => CharUnicodeInfo.GetUnicodeCategory(c, 0) is UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter);

    private static bool HasCase(string text) => Enumerable.Range(0, text.Length).Any(i => IsCased(text, i));

    private static string Titled(string letter) => letter.Length == 1 && SpecialCasing.Title.TryGetValue(letter[0], out string? title) ? title : Upper(letter);

    private static bool IsCased(string text, int at)
        => CharUnicodeInfo.GetUnicodeCategory(text, at) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    // Whether the next letter on a side, marks and apostrophes passed over, has a case.
    private static bool Touches(string text, int at, int step)
    {
        for (int i = at + step; i >= 0 && i < text.Length; i += step)
        {
            if (IsCased(text, i))
            {
                return true;
            }

            bool isPassed = text[i] is '\'' or '.' or ':' or '\u00B7' or '\u2019' || CharUnicodeInfo.GetUnicodeCategory(text[i])
                is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;
            if (!isPassed)
            {
                return false;
            }
        }

        return false;
    }
}
