using System.Numerics;

namespace FuseSharp.Tokenizers.Words;

/// <summary>Which strings begin at a place, character by character; each has a value.</summary>
/// <remarks>The edges of all nodes lie in one open-addressing table: a step touches one cache line.</remarks>
internal sealed class TokenTrie
{
    /// <summary>The node before any character.</summary>
    public const int Root = 0;

    private readonly List<int> _values = [-1];
    private (long Key, int Next)[] _edges = new (long, int)[64];
    private int _shift = 58;
    private int _count;

    /// <summary>Adds a string; of two equal ones the later value counts.</summary>
    /// <param name="text">Not empty.</param>
    /// <param name="value">Not negative.</param>
    public void Add(ReadOnlySpan<char> text, int value)
    {
        int node = Root;
        foreach (char c in text)
        {
            int next = Step(node, c);
            if (next < 0)
            {
                next = _values.Count;
                _values.Add(-1);
                Insert(Key(node, c), next);
            }

            node = next;
        }

        _values[node] = value;
    }

    /// <summary>The node behind another, or -1.</summary>
    public int Step(int node, char character)
    {
        long key = Key(node, character);
        var edges = _edges;
        for (int slot = SlotOf(key); edges[slot].Key != 0; slot = (slot + 1) & (edges.Length - 1))
        {
            if (edges[slot].Key == key)
            {
                return edges[slot].Next;
            }
        }

        return -1;
    }

    /// <summary>The value of the string that ends at a node, or -1.</summary>
    public int ValueAt(int node) => _values[node];

    /// <summary>The value of the longest string with which a text begins, or -1.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Its length in UTF-16 units.</param>
    public int Longest(ReadOnlySpan<char> text, out int length)
    {
        int best = -1;
        length = 0;
        int node = Root;
        for (int i = 0; i < text.Length && (node = Step(node, text[i])) >= 0; i++)
        {
            if (_values[node] >= 0)
            {
                best = _values[node];
                length = i + 1;
            }
        }

        return best;
    }

    private static long Key(int node, char character) => ((long)(node + 1) << 16) | character;

    private int SlotOf(long key) => (int)(((ulong)key * 0x9E3779B97F4A7C15) >> _shift);

    private void Insert(long key, int next)
    {
        if (3 * ++_count > 2 * _edges.Length)
        {
            var old = _edges;
            _edges = new (long, int)[2 * old.Length];
            _shift = 64 - BitOperations.Log2((uint)_edges.Length);
            foreach (var (oldKey, oldNext) in old)
            {
                if (oldKey != 0)
                {
                    Place(oldKey, oldNext);
                }
            }
        }

        Place(key, next);
    }

    private void Place(long key, int next)
    {
        int slot = SlotOf(key);
        while (_edges[slot].Key != 0)
        {
            slot = (slot + 1) & (_edges.Length - 1);
        }

        _edges[slot] = (key, next);
    }
}
