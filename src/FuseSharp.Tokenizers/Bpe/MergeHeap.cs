using System.Buffers;

namespace FuseSharp.Tokenizers.Bpe;

/// <summary>Pending merges, the lowest rank first, of equal ranks the leftmost. Its memory comes from a pool.</summary>
internal sealed class MergeHeap(int capacity) : IDisposable
{
    // Rank in the high half, place in the low half: one comparison orders both.
    private ulong[] _items = ArrayPool<ulong>.Shared.Rent(Math.Max(16, capacity));
    private int _count;

    /// <summary>Adds without ordering; <see cref="Order"/> must follow.</summary>
    public void Add(int rank, int place) => _items[_count++] = Item(rank, place);

    /// <summary>Orders everything added, in linear time.</summary>
    public void Order()
    {
        for (int i = (_count / 2) - 1; i >= 0; i--)
        {
            SiftDown(i);
        }
    }

    /// <summary>Adds, keeping the order.</summary>
    public void Push(int rank, int place)
    {
        if (_count == _items.Length)
        {
            Grow();
        }

        ulong item = Item(rank, place);
        int i = _count++;
        while (i > 0 && _items[(i - 1) / 2] > item)
        {
            _items[i] = _items[(i - 1) / 2];
            i = (i - 1) / 2;
        }

        _items[i] = item;
    }

    /// <summary>Takes the first one out.</summary>
    public bool TryTake(out int rank, out int place)
    {
        if (_count == 0)
        {
            rank = place = -1;
            return false;
        }

        ulong first = _items[0];
        _items[0] = _items[--_count];
        SiftDown(0);
        rank = (int)(first >> 32);
        place = (int)(uint)first;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<ulong>.Shared.Return(_items);
        _items = [];
    }

    private static ulong Item(int rank, int place) => ((ulong)(uint)rank << 32) | (uint)place;

    private void SiftDown(int i)
    {
        if (_count == 0)
        {
            return;
        }

        ulong item = _items[i];
        while (true)
        {
            int child = (2 * i) + 1;
            if (child >= _count)
            {
                break;
            }

            if (child + 1 < _count && _items[child + 1] < _items[child])
            {
                child++;
            }

            if (_items[child] >= item)
            {
                break;
            }

            _items[i] = _items[child];
            i = child;
        }

        _items[i] = item;
    }

    private void Grow()
    {
        ulong[] larger = ArrayPool<ulong>.Shared.Rent(2 * _items.Length);
        _items.AsSpan(0, _count).CopyTo(larger);
        ArrayPool<ulong>.Shared.Return(_items);
        _items = larger;
    }
}
