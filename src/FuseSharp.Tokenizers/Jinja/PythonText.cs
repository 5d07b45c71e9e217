using System.Globalization;
using System.Text;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Texts as Python has them: counted and cut by code points, with its white space and line ends. Half a surrogate pair counts as one.</summary>
internal static class PythonText
{
    private static readonly char[] _spaces = [.. Enumerable.Range(0, char.MaxValue).Select(c => (char)c).Where(IsSpace)];

    private static readonly System.Buffers.SearchValues<char> _lineEnds = System.Buffers.SearchValues.Create("\n\r\v\f\u001C\u001D\u001E\u0085\u2028\u2029");

    /// <summary>Whether <c>str.isspace</c> holds: .NET's white space and the separators U+001C to U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary>Code points.</summary>
    public static int Length(ReadOnlySpan<char> text)
    {
        int pairs = 0;
        for (int at = text.IndexOfAnyInRange('\uD800', '\uDBFF'); at >= 0 && at + 1 < text.Length;)
        {
            pairs += char.IsLowSurrogate(text[at + 1]) ? 1 : 0;
            int next = text[(at + 1)..].IndexOfAnyInRange('\uD800', '\uDBFF');
            at = next < 0 ? -1 : at + 1 + next;
        }

        return text.Length - pairs;
    }

    /// <summary>UTF-16 units of the character at a place.</summary>
    public static int WidthAt(ReadOnlySpan<char> text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;

    /// <summary>Each code point as a text.</summary>
    public static List<object?> Characters(string text)
    {
        var characters = new List<object?>(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int width = WidthAt(text, at);
            characters.Add(text.Substring(at, width));
            at += width;
        }

        return characters;
    }

    /// <summary>UTF-16 place of a code point; the text's length where there are not so many.</summary>
    public static int OffsetOf(string text, long place)
    {
        int at = 0;
        for (; place > 0 && at < text.Length; place--)
        {
            at += WidthAt(text, at);
        }

        return at;
    }

    /// <summary>Without the given characters, or white space, at its ends.</summary>
    /// <param name="text">The text.</param>
    /// <param name="characters">What goes; null for white space.</param>
    /// <param name="left">Whether at its start.</param>
    /// <param name="right">Whether at its end.</param>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        var whole = text.AsSpan();
        if (characters is null)
        {
            whole = left ? whole.TrimStart(_spaces) : whole;
            return (right ? whole.TrimEnd(_spaces) : whole).ToString();
        }

        var set = characters.EnumerateRunes().ToHashSet();
        while (left && Rune.DecodeFromUtf16(whole, out var rune, out int width) == System.Buffers.OperationStatus.Done && set.Contains(rune))
        {
            whole = whole[width..];
        }

        while (right && Rune.DecodeLastFromUtf16(whole, out var rune, out int width) == System.Buffers.OperationStatus.Done && set.Contains(rune))
        {
            whole = whole[..^width];
        }

        return whole.ToString();
    }

    /// <summary>Cuts at white space, from the left, at most so many times.</summary>
    public static List<string> SplitSpaces(string text, long most)
    {
        var parts = new List<string>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && IsSpace(text[at]))
            {
                at++;
            }

            if (at == text.Length)
            {
                return parts;
            }

            int end = at;
            if (parts.Count >= most)
            {
                parts.Add(text[at..]);
                return parts;
            }

            while (end < text.Length && !IsSpace(text[end]))
            {
                end++;
            }

            parts.Add(text[at..end]);
            at = end;
        }
    }

    /// <summary><c>str.splitlines</c>.</summary>
    public static List<string> Lines(string text, bool keepsEnds = false)
    {
        var lines = new List<string>();
        for (int start = 0; start < text.Length;)
        {
            int length = text.AsSpan(start).IndexOfAny(_lineEnds);
            int end = length < 0 ? text.Length : start + length;
            int next = end == text.Length ? end : end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1);
            lines.Add(text[start..(keepsEnds ? next : end)]);
            start = next;
        }

        return lines;
    }

    /// <summary>Order by code points, which differs from that of UTF-16 behind U+D7FF.</summary>
    public static int Compare(string left, string right)
    {
        int same = left.AsSpan().CommonPrefixLength(right);
        if (same == left.Length || same == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        static int Weight(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
        return Weight(left[same]).CompareTo(Weight(right[same]));
    }

    /// <summary>Whether a text has at least one character and all are of a kind.</summary>
    public static bool All(string text, Func<UnicodeCategory, bool> isOfKind)
    {
        for (int at = 0; at < text.Length; at += WidthAt(text, at))
        {
            if (!isOfKind(CharUnicodeInfo.GetUnicodeCategory(text, at)))
            {
                return false;
            }
        }

        return text.Length > 0;
    }
}
