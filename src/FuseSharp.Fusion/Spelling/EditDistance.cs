namespace FuseSharp.Fusion.Spelling;

/// <summary>Levenshtein distance of one pattern to many texts, a column of the table in a few operations on one word.</summary>
/// <remarks>
/// G. Myers, "A fast bit-vector algorithm for approximate string matching based on dynamic programming", J. ACM 46(3), 1999, with the boundary of
/// H. Hyyrö (2003) for distances of whole strings. Patterns of more than 64 symbols go through the plain table. Not safe for several threads: one each.
/// </remarks>
/// <param name="symbols">Symbols are 0 … symbols − 1.</param>
internal sealed class EditDistance(int symbols)
{
    private const int WordLength = 64;

    // [symbol]: bit p is set where the pattern's symbol p is this one.
    private readonly ulong[] _positions = new ulong[symbols];
    // [symbol]: how often the pattern holds it.
    private readonly int[] _counts = new int[symbols];
    private int[] _pattern = [];
    private int[] _row = [];
    private int _length;

    /// <summary>Distances evaluated so far, those excluded by counting symbols not among them.</summary>
    public long Evaluated { get; private set; }

    /// <summary>Chooses what the following texts are compared with.</summary>
    public void SetPattern(ReadOnlySpan<int> pattern)
    {
        foreach (int symbol in _pattern.AsSpan(0, _length))
        {
            _positions[symbol] = 0;
            _counts[symbol] = 0;
        }

        if (pattern.Length > _pattern.Length)
        {
            _pattern = new int[2 * pattern.Length];
            _row = new int[2 * pattern.Length + 1];
        }

        pattern.CopyTo(_pattern);
        _length = pattern.Length;
        for (int i = 0; i < _length; i++)
        {
            _positions[_pattern[i]] |= i < WordLength ? 1UL << i : 0;
            _counts[_pattern[i]]++;
        }
    }

    /// <summary>The pattern's distance to a text.</summary>
    /// <param name="text">Symbols.</param>
    /// <param name="limit">≥ 0; larger distances need not be told apart.</param>
    /// <returns>The distance where it is at most <paramref name="limit"/>, otherwise any number above it.</returns>
    public int To(ReadOnlySpan<int> text, int limit)
    {
        if (SharedSymbols(text) < Math.Max(_length, text.Length) - limit)
        {
            return limit + 1;
        }

        Evaluated++;
        return _length == 0 ? text.Length : _length <= WordLength ? ByWord(text, limit) : ByTable(text);
    }

    /// <summary>The pattern's distance to a text, whatever it is.</summary>
    /// <param name="text">Symbols.</param>
    public int Exact(ReadOnlySpan<int> text)
    {
        Evaluated++;
        return _length == 0 ? text.Length : _length <= WordLength ? ByWord(text, int.MaxValue) : ByTable(text);
    }

    // Every symbol of the longer string that has no partner in the other costs an edit: a bound that saves most evaluations for a fraction of their cost.
    private int SharedSymbols(ReadOnlySpan<int> text)
    {
        int shared = 0;
        foreach (int symbol in text)
        {
            shared += _counts[symbol]-- > 0 ? 1 : 0;
        }

        foreach (int symbol in text)
        {
            _counts[symbol]++;
        }

        return shared;
    }

    private int ByWord(ReadOnlySpan<int> text, int limit)
    {
        ulong last = 1UL << (_length - 1);
        ulong rises = ulong.MaxValue;
        ulong falls = 0;
        int distance = _length;
        // What is left of the text can lower the distance by one for each symbol.
        int remaining = text.Length;
        foreach (int symbol in text)
        {
            ulong equal = _positions[symbol];
            ulong vertical = equal | falls;
            ulong horizontal = (((equal & rises) + rises) ^ rises) | equal;
            ulong horizontalRises = falls | ~(horizontal | rises);
            ulong horizontalFalls = rises & horizontal;
            distance += (horizontalRises & last) != 0 ? 1 : 0;
            distance -= (horizontalFalls & last) != 0 ? 1 : 0;
            if (distance - --remaining > limit)
            {
                return limit + 1;
            }

            // The table's first row counts up by one a column: a rise comes in at the lowest bit.
            horizontalRises = (horizontalRises << 1) | 1;
            rises = (horizontalFalls << 1) | ~(vertical | horizontalRises);
            falls = horizontalRises & vertical;
        }

        return distance;
    }

    private int ByTable(ReadOnlySpan<int> text)
    {
        var row = _row.AsSpan(0, _length + 1);
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = i;
        }

        foreach (int symbol in text)
        {
            int diagonal = row[0]++;
            for (int i = 1; i < row.Length; i++)
            {
                int cost = Math.Min(Math.Min(row[i], row[i - 1]) + 1, diagonal + (_pattern[i - 1] == symbol ? 0 : 1));
                (diagonal, row[i]) = (row[i], cost);
            }
        }

        return row[^1];
    }
}
