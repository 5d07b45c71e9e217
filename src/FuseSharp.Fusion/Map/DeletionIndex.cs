using System.Numerics;
using System.Runtime.InteropServices;

namespace FuseSharp.Fusion.Map;

/// <summary>Finds the tokens within an edit distance of one or two of a query without looking at the others.</summary>
/// <remarks>
/// Two strings at distance d become equal by leaving out at most d symbols of each (a replaced symbol is left out of both). The index holds the hashes of
/// every token with up to d symbols left out; the query's own hashes lead to all tokens in reach, and to a few others, which the exact distance sorts out.
/// </remarks>
internal sealed class DeletionIndex
{
    private readonly int _distance;
    private readonly int[] _bucketStarts;
    // A hash above, the place of its token below: together, because what reads one reads the other, and neither is in the cache.
    private readonly ulong[] _entries;
    private readonly int _shift;

    /// <summary>Indexes a vocabulary.</summary>
    /// <param name="tokens">Its tokens; those longer than <see cref="DeletionHashes.MaxLength"/> stay out.</param>
    /// <param name="distance">1 or 2.</param>
    public DeletionIndex(LengthOrderedTokens tokens, int distance)
    {
        _distance = distance;
        var maker = new DeletionHashes();
        var entries = new List<ulong>();
        int end = tokens.StartOf(DeletionHashes.MaxLength + 1);
        for (int place = 0; place < end; place++)
        {
            maker.Make(tokens.Tokens[tokens.Ids[place]], distance);
            foreach (uint hash in CollectionsMarshal.AsSpan(maker.Hashes))
            {
                entries.Add(((ulong)hash << 32) | (uint)place);
            }
        }

        int bits = Math.Clamp(BitOperations.Log2((uint)entries.Count + 1) + 1, 4, 24);
        _shift = 64 - bits;
        _bucketStarts = new int[(1 << bits) + 2];
        _entries = new ulong[entries.Count];
        foreach (ulong entry in entries)
        {
            _bucketStarts[(entry >> _shift) + 2]++;
        }

        for (int b = 2; b < _bucketStarts.Length; b++)
        {
            _bucketStarts[b] += _bucketStarts[b - 1];
        }

        foreach (ulong entry in entries)
        {
            _entries[_bucketStarts[(entry >> _shift) + 1]++] = entry;
        }
    }

    /// <summary>Longest query for which no token in reach is missed.</summary>
    public int MaxQueryLength => DeletionHashes.MaxLength - _distance;

    /// <summary>Collects every token within the index's distance of a query, and perhaps a few others, as places in the order of <see cref="LengthOrderedTokens"/>; one may come several times.</summary>
    /// <param name="query">At most <see cref="MaxQueryLength"/> symbols.</param>
    /// <param name="hashes">Working space of the calling thread.</param>
    /// <param name="candidates">Emptied first.</param>
    public void Collect(ReadOnlySpan<int> query, DeletionHashes hashes, List<int> candidates)
    {
        candidates.Clear();
        hashes.Make(query, _distance);
        foreach (uint hash in CollectionsMarshal.AsSpan(hashes.Hashes))
        {
            int bucket = (int)(((ulong)hash << 32) >> _shift);
            foreach (ulong entry in _entries.AsSpan(_bucketStarts[bucket], _bucketStarts[bucket + 1] - _bucketStarts[bucket]))
            {
                if ((uint)(entry >> 32) == hash)
                {
                    candidates.Add((int)(uint)entry);
                }
            }
        }
    }
}
