using System.Buffers;

namespace FuseSharp.Tokenizers.Bpe;

/// <summary>Byte-pair encoding itself: merges neighbours, the lowest rank first, of equal ranks the leftmost, until none merges.</summary>
internal static class Merger
{
    // Below this many symbols looking through all ranks is faster than keeping a heap (bench tokenize, EPYC 7763).
    private const int LongestScan = 40;

    /// <summary>Merges in place.</summary>
    /// <param name="merges">What merges.</param>
    /// <param name="symbols">[symbols] in the order of the word; the first returned ones are the result.</param>
    /// <param name="ends">[symbols] where each ends; merged along.</param>
    /// <returns>How many symbols are left.</returns>
    /// <remarks>O(n log n) time, O(n) memory taken from a pool.</remarks>
    public static int Merge(MergeTable merges, Span<int> symbols, Span<int> ends) => symbols.Length switch
    {
        < 2 => symbols.Length,
        <= LongestScan => MergeByScan(merges, symbols, ends),
        _ => MergeByHeap(merges, symbols, ends),
    };

    internal static int MergeByScan(MergeTable merges, Span<int> symbols, Span<int> ends)
    {
        int count = symbols.Length;
        Span<int> ranks = stackalloc int[count];
        Span<int> results = stackalloc int[count];
        for (int i = 0; i + 1 < count; i++)
        {
            ranks[i] = merges.RankOf(symbols[i], symbols[i + 1], out results[i]);
        }

        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i < count - 1; i++)
            {
                best = ranks[i] < ranks[best] ? i : best;
            }

            if (ranks[best] == int.MaxValue)
            {
                break;
            }

            symbols[best] = results[best];
            ends[best] = ends[best + 1];
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            ends[(best + 2)..count].CopyTo(ends[(best + 1)..]);
            if (best + 2 < count)
            {
                ranks[(best + 2)..count].CopyTo(ranks[(best + 1)..]);
                results[(best + 2)..count].CopyTo(results[(best + 1)..]);
            }

            count--;
            if (best + 1 < count)
            {
                ranks[best] = merges.RankOf(symbols[best], symbols[best + 1], out results[best]);
            }

            if (best > 0)
            {
                ranks[best - 1] = merges.RankOf(symbols[best - 1], symbols[best], out results[best - 1]);
            }
        }

        return count;
    }

    internal static int MergeByHeap(MergeTable merges, Span<int> symbols, Span<int> ends)
    {
        int count = symbols.Length;
        int[] links = ArrayPool<int>.Shared.Rent(3 * count);
        try
        {
            // next[i] and previous[i] are the living neighbours; ranks[i] that of the pair starting at i, as it is now.
            var next = links.AsSpan(0, count);
            var previous = links.AsSpan(count, count);
            var ranks = links.AsSpan(2 * count, count);
            using var heap = new MergeHeap(count);
            for (int i = 0; i < count; i++)
            {
                next[i] = i + 1;
                previous[i] = i - 1;
                ranks[i] = i + 1 < count ? merges.RankOf(symbols[i], symbols[i + 1], out _) : int.MaxValue;
                if (ranks[i] != int.MaxValue)
                {
                    heap.Add(ranks[i], i);
                }
            }

            heap.Order();
            while (heap.TryTake(out int rank, out int place))
            {
                if (ranks[place] != rank)
                {
                    continue;
                }

                int right = next[place];
                merges.RankOf(symbols[place], symbols[right], out symbols[place]);
                ends[place] = ends[right];
                ranks[right] = int.MaxValue;
                next[place] = next[right];
                if (next[place] < count)
                {
                    previous[next[place]] = place;
                }

                Renew(merges, symbols, next, ranks, heap, place);
                if (previous[place] >= 0)
                {
                    Renew(merges, symbols, next, ranks, heap, previous[place]);
                }
            }

            return Compact(symbols, ends, next);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(links);
        }
    }

    private static void Renew(MergeTable merges, Span<int> symbols, Span<int> next, Span<int> ranks, MergeHeap heap, int place)
    {
        int right = next[place];
        ranks[place] = right < symbols.Length ? merges.RankOf(symbols[place], symbols[right], out _) : int.MaxValue;
        if (ranks[place] != int.MaxValue)
        {
            heap.Push(ranks[place], place);
        }
    }

    private static int Compact(Span<int> symbols, Span<int> ends, Span<int> next)
    {
        int kept = 0;
        for (int i = 0; i < symbols.Length; i = next[i])
        {
            symbols[kept] = symbols[i];
            ends[kept++] = ends[i];
        }

        return kept;
    }
}
