using System.Globalization;

namespace FuseSharp.Tokenizers.Patterns;

/// <summary>Reads what a backslash begins, in patterns and in their classes.</summary>
internal static class PatternEscapes
{
    /// <summary>The characters that an escape stands for.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="at">Index of the backslash; afterwards behind the escape.</param>
    public static CodePointSet Read(string pattern, ref int at)
    {
        if (at + 1 >= pattern.Length)
        {
            throw new PatternException("that ends in a backslash");
        }

        char kind = pattern[at + 1];
        if (kind is 'p' or 'P' && at + 2 < pattern.Length && pattern[at + 2] == '{')
        {
            return ReadProperty(pattern, ref at);
        }

        var set = kind switch
        {
            'd' => UnicodeSets.Digit,
            'D' => UnicodeSets.Digit.Complement(),
            's' => UnicodeSets.Space,
            'S' => UnicodeSets.Space.Complement(),
            'w' => UnicodeSets.Word,
            'W' => UnicodeSets.Word.Complement(),
            'h' => UnicodeSets.Hexadecimal,
            'H' => UnicodeSets.Hexadecimal.Complement(),
            'N' => CodePointSet.FromRanges([('\n', '\n')]).Complement(),
            'O' => CodePointSet.All,
            _ => null,
        };
        if (set is not null)
        {
            at += 2;
            return set;
        }

        int code = ReadCharacter(pattern, ref at);
        return CodePointSet.FromRanges([(code, code)]);
    }

    /// <summary>The character that an escape stands for, where it stands for one.</summary>
    public static int ReadCharacter(string pattern, ref int at)
    {
        at++;
        switch (pattern[at])
        {
            case 't': at++; return '\t';
            case 'n': at++; return '\n';
            case 'r': at++; return '\r';
            case 'f': at++; return '\f';
            case 'v': at++; return '\v';
            case 'a': at++; return '\a';
            case 'e': at++; return 0x1B;
            case 'x' when at + 1 < pattern.Length && pattern[at + 1] == '{':
                int end = pattern.IndexOf('}', at);
                string inside = end < 0 ? "" : pattern[(at + 2)..end];
                at = end + 1;
                return Hexadecimal(inside);
            case 'x':
                return Digits(pattern, ref at, atMost: 2);
            case 'u':
                return Digits(pattern, ref at, atMost: 4);
            case >= '0' and <= '7':
                int value = 0;
                for (int i = 0; i < 3 && at < pattern.Length && pattern[at] is >= '0' and <= '7'; i++)
                {
                    value = (8 * value) + pattern[at++] - '0';
                }

                return value;
            default:
                return CodePointAt(pattern, ref at);
        }
    }

    /// <summary>The character at an index.</summary>
    public static int CodePointAt(string pattern, ref int at)
    {
        bool isPair = at + 1 < pattern.Length && char.IsSurrogatePair(pattern[at], pattern[at + 1]);
        int code = isPair ? char.ConvertToUtf32(pattern[at], pattern[at + 1]) : pattern[at];
        at += isPair ? 2 : 1;
        return code;
    }

    private static CodePointSet ReadProperty(string pattern, ref int at)
    {
        int end = pattern.IndexOf('}', at);
        string name = end < 0 ? throw new PatternException("with a property that is not closed") : pattern[(at + 3)..end];
        bool isNot = (pattern[at + 1] == 'P') != name.StartsWith('^');
        at = end + 1;
        var set = UnicodeSets.Named(name.TrimStart('^'))
            ?? throw new PatternException($"with the property '{name}', which is not supported here; known are general categories, POSIX names, Han, Hiragana and Katakana");
        return isNot ? set.Complement() : set;
    }

    private static int Digits(string pattern, ref int at, int atMost)
    {
        int start = ++at;
        while (at < pattern.Length && at - start < atMost && char.IsAsciiHexDigit(pattern[at]))
        {
            at++;
        }

        return at == start ? 0 : Hexadecimal(pattern[start..at]);
    }

    private static int Hexadecimal(string digits)
        => int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) && code is >= 0 and <= CodePointSet.Last ? code
            : throw new PatternException($"with '{digits}' for the number of a character");
}
