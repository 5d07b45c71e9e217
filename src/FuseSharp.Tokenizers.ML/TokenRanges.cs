namespace FuseSharp.Tokenizers.ML;

/// <summary>Which UTF-16 units of a text each token stands for.</summary>
/// <remarks>
/// Tokens may end inside a character; each of a character's tokens then stands for the whole of it.
/// <code>
/// text    a  😀 (two units, four bytes)   b
/// tokens  a  F0 9F  98  80                b         ends 1, 3, 4, 5, 6
/// ranges  0..1  1..3  1..3  1..3          3..4
/// </code>
/// </remarks>
internal sealed class TokenRanges
{
    private readonly string _text;
    private readonly int[] _starts;
    private readonly int[] _ends;

    /// <summary>Linear in the text and the tokens.</summary>
    /// <param name="text">Any text; half a surrogate pair counts as the U+FFFD that tokenizers read there.</param>
    /// <param name="endsExclusive">[tokens] in bytes of the text's UTF-8, never falling.</param>
    public TokenRanges(string text, int[] endsExclusive)
    {
        _text = text;
        _starts = new int[endsExclusive.Length];
        _ends = new int[endsExclusive.Length];
        int at = 0;
        int bytes = 0;
        for (int t = 0; t < endsExclusive.Length; t++)
        {
            _starts[t] = at;
            int units = 0;
            while (at < text.Length && bytes + WidthAt(at, out units) is var next && next <= endsExclusive[t])
            {
                at += units;
                bytes = next;
            }

            _ends[t] = bytes < endsExclusive[t] ? at + units : at;
        }
    }

    /// <summary>Number of tokens.</summary>
    public int Count => _starts.Length;

    /// <summary>The units of a token; none where it stands for no text of its own.</summary>
    public Range this[int token] => _starts[token].._ends[token];

    /// <summary>The most first tokens that are no more than some number and end no text inside a character.</summary>
    /// <param name="most">At least 0.</param>
    public int First(int most)
    {
        int count = Math.Min(most, Count);
        while (!IsWhole(count))
        {
            count--;
        }

        return count;
    }

    /// <summary>The same of the last tokens.</summary>
    /// <param name="most">At least 0.</param>
    public int Last(int most)
    {
        int first = Count - Math.Min(most, Count);
        while (!IsWhole(first))
        {
            first++;
        }

        return Count - first;
    }

    /// <summary>Where a token starts; for the number of tokens, where the text ends.</summary>
    public int StartOf(int token) => token < Count ? _starts[token] : _text.Length;

    // Whether no character has tokens on both sides of a place between two tokens.
    private bool IsWhole(int token) => token == 0 || token == Count || _ends[token - 1] <= _starts[token];

    private int WidthAt(int at, out int units)
    {
        char c = _text[at];
        units = at + 1 < _text.Length && char.IsSurrogatePair(c, _text[at + 1]) ? 2 : 1;
        return units == 2 ? 4 : c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    }
}
