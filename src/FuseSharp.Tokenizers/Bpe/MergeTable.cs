using System.Numerics;

namespace FuseSharp.Tokenizers.Bpe;

/// <summary>Which two neighbours merge, into what, and how early.</summary>
/// <remarks>Open addressing over one array: a lookup touches one or two cache lines, where a <c>Dictionary</c> touches four.</remarks>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue;

    private readonly Entry[] _entries;
    private readonly int _shift;

    /// <param name="count">How many pairs will be added at most.</param>
    public MergeTable(int count)
    {
        int bits = Math.Max(4, BitOperations.Log2((uint)Math.Max(1, count)) + 2);
        _entries = new Entry[1 << bits];
        Array.Fill(_entries, new Entry(Empty, 0, 0));
        _shift = 64 - bits;
    }

    /// <summary>Lets two symbols merge; what was said about them before is replaced.</summary>
    /// <param name="left">Symbol, not negative.</param>
    /// <param name="right">Symbol, not negative.</param>
    /// <param name="rank">Lower merges earlier; of equal ranks the leftmost.</param>
    /// <param name="result">The symbol they become.</param>
    public void Add(int left, int right, int rank, int result)
    {
        ulong key = Key(left, right);
        int slot = FirstSlot(key);
        while (_entries[slot].Key != Empty && _entries[slot].Key != key)
        {
            slot = (slot + 1) & (_entries.Length - 1);
        }

        _entries[slot] = new Entry(key, rank, result);
    }

    /// <summary>The rank of a pair, or <see cref="int.MaxValue"/> where the two do not merge.</summary>
    public int RankOf(int left, int right, out int result)
    {
        ulong key = Key(left, right);
        int slot = FirstSlot(key);
        while (true)
        {
            ref readonly var entry = ref _entries[slot];
            if (entry.Key == key)
            {
                result = entry.Result;
                return entry.Rank;
            }

            if (entry.Key == Empty)
            {
                result = -1;
                return int.MaxValue;
            }

            slot = (slot + 1) & (_entries.Length - 1);
        }
    }

    /// <summary>Every pair, in the order of left and right symbol.</summary>
    public IEnumerable<(int Left, int Right, int Rank, int Result)> InOrder()
        => _entries.Where(e => e.Key != Empty).OrderBy(e => e.Key).Select(e => ((int)(e.Key >> 32), (int)(uint)e.Key, e.Rank, e.Result));

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int FirstSlot(ulong key) => (int)((key * 0x9E3779B97F4A7C15) >> _shift);

    private readonly record struct Entry(ulong Key, int Rank, int Result);
}
