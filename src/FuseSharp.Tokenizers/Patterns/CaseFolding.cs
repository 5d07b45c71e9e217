namespace FuseSharp.Tokenizers.Patterns;

/// <summary>Which characters are equal where case does not count (<c>(?i:…)</c>): simple foldings, one character for one.</summary>
/// <remarks>Foldings to several characters (ß and ss) are left out: no published word pattern meets them.</remarks>
internal static class CaseFolding
{
    private static readonly Lazy<Dictionary<int, int[]>> _equal = new(Build);

    /// <summary>A set with everything that is equal to one of its characters.</summary>
    public static CodePointSet Close(CodePointSet set)
        => CodePointSet.FromRanges(set.Ranges.Concat(_equal.Value.Where(e => set.Contains(e.Key)).SelectMany(e => e.Value).Select(c => (c, c))));

    private static Dictionary<int, int[]> Build()
    {
        var groups = new Dictionary<int, List<int>>();
        for (int c = 0; c <= 0x1FFFF; c++)
        {
            if (c is >= 0xD800 and <= 0xDFFF)
            {
                continue;
            }

            string text = char.ConvertFromUtf32(c);
            int folded = Folded(c, text);
            if (folded != c || !string.Equals(text.ToUpperInvariant(), text, StringComparison.Ordinal))
            {
                (groups.TryGetValue(folded, out var group) ? group : groups[folded] = [folded]).Add(c);
            }
        }

        return groups.Values.Select(g => g.Distinct().ToArray()).Where(g => g.Length > 1).SelectMany(g => g.Select(c => (c, g))).ToDictionary(e => e.c, e => e.g);
    }

    // .NET keeps letters that fold to those of another alphabet apart: the long s, and the signs for kelvin and ångström.
    private static int Folded(int c, string text) => c switch
    {
        0x017F => 's',
        0x212A => 'k',
        0x212B => 'å',
        0x2126 => 'ω',
        0x1E9E => 'ß',
        _ => char.ConvertToUtf32(text.ToUpperInvariant().ToLowerInvariant(), 0),
    };
}
