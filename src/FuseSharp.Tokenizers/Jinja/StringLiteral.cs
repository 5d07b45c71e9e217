using System.Globalization;
using System.Text;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Texts in quotes, with Python's escapes.</summary>
internal static class StringLiteral
{
    /// <summary>Reads one.</summary>
    /// <param name="source">The template.</param>
    /// <param name="at">Where its quote stands; afterwards behind the closing one.</param>
    /// <param name="line">For messages.</param>
    public static string Read(string source, ref int at, int line)
    {
        char quote = source[at++];
        var text = new StringBuilder();
        while (at < source.Length && source[at] != quote)
        {
            if (source[at] != '\\' || at + 1 >= source.Length)
            {
                text.Append(source[at++]);
                continue;
            }

            at++;
            Escape(source, ref at, line, text);
        }

        return at++ < source.Length ? text.ToString() : throw new TemplateException(line, "has a text without its closing quote");
    }

    private static void Escape(string source, ref int at, int line, StringBuilder text)
    {
        char kind = source[at++];
        switch (kind)
        {
            case '\n':
                break; // a line goes on
            case 'x' or 'u' or 'U':
                text.Append(Code(source, ref at, kind, line));
                break;
            case >= '0' and <= '7':
                int value = kind - '0';
                for (int i = 0; i < 2 && at < source.Length && source[at] is >= '0' and <= '7'; i++)
                {
                    value = (value * 8) + source[at++] - '0';
                }

                text.Append((char)value);
                break;
            case 'N':
                throw new TemplateException(line, "has an escape by name, '\\N', which is not supported; write '\\u'");
            default:
                int sign = "nrt\\'\"abfv".IndexOf(kind, StringComparison.Ordinal);
                text.Append(sign >= 0 ? "\n\r\t\\'\"\a\b\f\v"[sign].ToString() : "\\" + Kept(source, ref at, kind));
                break;
        }
    }

    private static string Code(string source, ref int at, char kind, int line)
    {
        int digits = kind switch { 'x' => 2, 'u' => 4, _ => 8 };
        bool isCode = at + digits <= source.Length
            && uint.TryParse(source.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
            && code <= 0x10FFFF;
        if (!isCode)
        {
            throw new TemplateException(line, FormattableString.Invariant($"has '\\{kind}' without the {digits} hexadecimal digits of a character"));
        }

        at += digits;
        uint character = uint.Parse(source.AsSpan(at - digits, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return character > char.MaxValue ? char.ConvertFromUtf32((int)character) : ((char)character).ToString();
    }

    // Jinja writes other characters as escapes before it reads escapes, so that a backslash before one shows its code.
    private static string Kept(string source, ref int at, char first)
    {
        if (char.IsAscii(first))
        {
            return first.ToString();
        }

        int code = at < source.Length && char.IsSurrogatePair(first, source[at]) ? char.ConvertToUtf32(first, source[at++]) : first;
        return code <= 0xFF ? $"x{code:x2}" : code <= char.MaxValue ? $"u{code:x4}" : $"U{code:x8}";
    }
}
