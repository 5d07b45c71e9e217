using System.Collections.Concurrent;
using System.Globalization;

namespace FuseSharp.Tokenizers.Patterns;

/// <summary>The sets of characters that patterns name.</summary>
internal static class UnicodeSets
{
    private static readonly ConcurrentDictionary<string, CodePointSet> _made = new(StringComparer.Ordinal);

    // Categories and the names for them, without spaces; two letters alone name one category.
    private static readonly Dictionary<string, string> _categories = Table("""
        Lu Ll Lt Lm Lo = l letter
        Lu Ll Lt = lc casedletter
        Mn Mc Me = m mark combiningmark
        Nd Nl No = n number
        Pc Pd Ps Pe Pi Pf Po = p punctuation
        Sm Sc Sk So = s symbol
        Zs Zl Zp = z separator
        Cc Cf Cs Co Cn = c other
        Lu = uppercaseletter
        Ll = lowercaseletter
        Lt = titlecaseletter
        Lm = modifierletter
        Lo = otherletter
        Mn = nonspacingmark
        Mc = spacingmark
        Me = enclosingmark
        Nd = decimalnumber
        Nl = letternumber
        No = othernumber
        Pc = connectorpunctuation
        Pd = dashpunctuation
        Ps = openpunctuation
        Pe = closepunctuation
        Pi = initialpunctuation
        Pf = finalpunctuation
        Po = otherpunctuation
        Sm = mathsymbol
        Sc = currencysymbol
        Sk = modifiersymbol
        So = othersymbol
        Zs = spaceseparator
        Zl = lineseparator
        Zp = paragraphseparator
        Cc = control
        Cf = format
        Co = privateuse
        Cn = unassigned
        """);

    // The order of UnicodeCategory.
    private static readonly string[] _names = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Cn".Split(' ');

    // Scripts of which patterns of published tokenizers speak: blocks and extensions, as Unicode's Scripts.txt has them.
    private static readonly Dictionary<string, (int First, int Last)[]> _scripts = new(StringComparer.Ordinal)
    {
        ["han"] = [(0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFA6D),
            (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3), (0x16FF0, 0x16FF1), (0x20000, 0x2A6DF), (0x2A700, 0x2B739), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D), (0x2F800, 0x2FA1D), (0x30000, 0x3134A), (0x31350, 0x323AF)],
        ["hiragana"] = [(0x3041, 0x3096), (0x309D, 0x309F), (0x1B001, 0x1B11F), (0x1B132, 0x1B132), (0x1B150, 0x1B152), (0x1F200, 0x1F200)],
        ["katakana"] = [(0x30A1, 0x30FA), (0x30FD, 0x30FF), (0x31F0, 0x31FF), (0x32D0, 0x32FE), (0x3300, 0x3357), (0xFF66, 0xFF6F), (0xFF71, 0xFF9D), (0x1AFF0, 0x1AFF3), (0x1AFF5, 0x1AFFB), (0x1AFFD, 0x1AFFE),
            (0x1B000, 0x1B000), (0x1B120, 0x1B122), (0x1B155, 0x1B155), (0x1B164, 0x1B167)],
    };

    /// <summary><c>\s</c>: White_Space.</summary>
    public static CodePointSet Space => Made("\\s", c => c <= char.MaxValue && char.IsWhiteSpace((char)c));

    /// <summary><c>\d</c>: decimal digits of every script.</summary>
    public static CodePointSet Digit => Made("\\d", c => CategoryOf(c) == UnicodeCategory.DecimalDigitNumber);

    /// <summary><c>\h</c>: hexadecimal digits.</summary>
    public static CodePointSet Hexadecimal => Made("\\h", c => c < 128 && char.IsAsciiHexDigit((char)c));

    /// <summary><c>\w</c>: letters, marks, decimal digits, letter numbers, connectors, the letters in circles and squares, and the other numbers of Latin-1, which Oniguruma adds.</summary>
    public static CodePointSet Word => Made("\\w", c => IsAlphabetic(c) || c is 0xB2 or 0xB3 or 0xB9 or (>= 0xBC and <= 0xBE)
        || CategoryOf(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation);

    /// <summary>The set of <c>\p{name}</c> or <c>[:name:]</c>, or null where the name is not known.</summary>
    /// <param name="name">In any case; spaces, hyphens and underscores do not count.</param>
    public static CodePointSet? Named(string name)
    {
        string key = string.Concat(name.Where(c => c is not (' ' or '-' or '_'))).ToLowerInvariant();
        if (_categories.TryGetValue(key, out string? categories) || (key.Length == 2 && Array.Find(_names, n => string.Equals(n, key, StringComparison.OrdinalIgnoreCase)) is { } only && (categories = only) != ""))
        {
            string[] wanted = categories!.Split(' ');
            return Made(categories, c => Array.IndexOf(wanted, _names[(int)CategoryOf(c)]) >= 0);
        }

        return _scripts.TryGetValue(key, out var ranges) ? CodePointSet.FromRanges(ranges) : key switch
        {
            "alpha" or "alphabetic" => Made(key, IsAlphabeticOrMark),
            "alnum" => Made(key, c => IsAlphabeticOrMark(c) || CategoryOf(c) == UnicodeCategory.DecimalDigitNumber),
            "digit" => Digit,
            "xdigit" => Hexadecimal,
            "space" or "whitespace" => Space,
            "word" => Word,
            "blank" => Made(key, c => c == '\t' || CategoryOf(c) == UnicodeCategory.SpaceSeparator),
            "cntrl" => Named("Cc"),
            "punct" => Made(key, c => CategoryOf(c) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherSymbol),
            "ascii" => CodePointSet.FromRanges([(0, 0x7F)]),
            "any" => CodePointSet.All,
            _ => null,
        };
    }

    /// <summary>The category of a code point; half a pair stands for a byte that forms no character and counts as a letter, the likeliest.</summary>
    public static UnicodeCategory CategoryOf(int codePoint)
        => CharUnicodeInfo.GetUnicodeCategory(codePoint) is var category && category == UnicodeCategory.Surrogate ? UnicodeCategory.OtherLetter : category;

    private static Dictionary<string, string> Table(string lines)
        => lines.Split('\n').Select(l => l.Split(" = ")).SelectMany(l => l[1].Trim().Split(' ').Select(n => (Name: n, Categories: l[0]))).ToDictionary(e => e.Name, e => e.Categories, StringComparer.Ordinal);

    private static bool IsAlphabetic(int c)
        => CategoryOf(c) is <= UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber
            || c is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    private static bool IsAlphabeticOrMark(int c)
        => IsAlphabetic(c) || (CategoryOf(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark && AlphabeticMarks.Contains(c));

    private static CodePointSet Made(string key, Func<int, bool> holds) => _made.GetOrAdd(key, _ => CodePointSet.FromTest(holds));
}
