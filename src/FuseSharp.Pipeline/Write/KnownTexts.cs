namespace FuseSharp.Pipeline.Write;

/// <summary>Finds long passages that a text shares with known ones.</summary>
/// <remarks>
/// Of the known texts every block of 64 characters is remembered, by a hash: an eighth of a byte for each character. A text is looked through at every place, so that a shared passage of
/// 64 · n + 63 characters shows n blocks in a row, wherever it begins.
/// <code>
/// known   |--- block ---|--- block ---|--- block ---|
/// text         …read at every place: ^block^block…
/// </code>
/// </remarks>
internal sealed class KnownTexts
{
    /// <summary>Characters of a block.</summary>
    public const int Block = 64;

    private const ulong Factor = 0x9E3779B97F4A7C15; // odd: a polynomial in it, modulo 2^64

    private static readonly ulong _leaving = Power(Factor, Block - 1);

    private readonly HashSet<ulong> _blocks = [];

    /// <summary>Remembers a text.</summary>
    public void Add(string text)
    {
        for (int start = 0; start + Block <= text.Length; start += Block)
        {
            _blocks.Add(Hash(text.AsSpan(start, Block)));
        }
    }

    /// <summary>Characters of the longest passage that a text shares with the known ones, in whole blocks.</summary>
    public int LongestIn(string text)
    {
        if (_blocks.Count == 0 || text.Length < Block)
        {
            return 0;
        }

        int[] runs = new int[text.Length - Block + 1]; // blocks in a row that end with the one here
        int longest = 0;
        ulong hash = Hash(text.AsSpan(0, Block));
        for (int at = 0; at < runs.Length; at++)
        {
            if (_blocks.Contains(hash))
            {
                runs[at] = 1 + (at >= Block ? runs[at - Block] : 0);
                longest = Math.Max(longest, runs[at]);
            }

            if (at + 1 < runs.Length)
            {
                hash = ((hash - (text[at] * _leaving)) * Factor) + text[at + Block];
            }
        }

        return longest * Block;
    }

    private static ulong Hash(ReadOnlySpan<char> block)
    {
        ulong hash = 0;
        foreach (char c in block)
        {
            hash = (hash * Factor) + c;
        }

        return hash;
    }

    private static ulong Power(ulong x, int times)
    {
        ulong power = 1;
        for (int i = 0; i < times; i++)
        {
            power *= x;
        }

        return power;
    }
}
