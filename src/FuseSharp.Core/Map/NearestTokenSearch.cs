using System.Runtime.InteropServices;

namespace FuseSharp.Core.Map;

/// <summary>Finds the token nearest to a query: smallest edit distance, then smallest id.</summary>
/// <remarks>
/// Most queries have a token at distance 1 or 2, which the deletion indexes find. The others walk through the vocabulary outward from their own length,
/// passing by whatever the signatures prove too far. The result is that of comparing with every token. One for each thread.
/// </remarks>
internal sealed class NearestTokenSearch
{
    private readonly LengthOrderedTokens _tokens;
    private readonly DeletionIndex _atOne;
    private readonly DeletionIndex _atTwo;
    private readonly EditDistance _distance;
    private readonly DeletionHashes _hashes = new();
    private readonly List<int> _candidates = [];

    /// <summary>A search for one thread; all arguments are shared.</summary>
    /// <param name="tokens">The vocabulary searched, at least one token.</param>
    /// <param name="atOne">Its index for distance 1.</param>
    /// <param name="atTwo">Its index for distance 2.</param>
    /// <param name="symbols">Number of symbols.</param>
    public NearestTokenSearch(LengthOrderedTokens tokens, DeletionIndex atOne, DeletionIndex atTwo, int symbols)
    {
        (_tokens, _atOne, _atTwo) = (tokens, atOne, atTwo);
        _distance = new EditDistance(symbols);
    }

    /// <summary>Edit distances evaluated so far.</summary>
    public long Distances => _distance.Evaluated;

    /// <summary>Signatures compared so far.</summary>
    public long Signatures { get; private set; }

    /// <summary>The nearest token.</summary>
    /// <param name="query">Symbols; equal to no token.</param>
    /// <returns>Its id and distance.</returns>
    public (int Id, int Distance) Nearest(ReadOnlySpan<int> query)
    {
        _distance.SetPattern(query);
        int id = -1;
        int best = 0;
        if (query.Length <= _atTwo.MaxQueryLength)
        {
            if (Indexed(_atOne, query, 1, out id))
            {
                return (id, 1);
            }

            if (Indexed(_atTwo, query, 2, out id))
            {
                return (id, 2);
            }
        }

        best = Math.Max(query.Length, _tokens.MaxLength) + 1;
        var signature = _tokens.SignatureOf(query);
        for (int apart = 0; apart <= best && apart <= Math.Max(query.Length, _tokens.MaxLength); apart++)
        {
            if (query.Length - apart >= 0)
            {
                Walk(query.Length - apart, apart, signature, ref id, ref best);
            }

            if (apart > 0 && query.Length + apart <= _tokens.MaxLength && apart <= best)
            {
                Walk(query.Length + apart, apart, signature, ref id, ref best);
            }
        }

        return (id, best);
    }

    /// <summary>All tokens at exactly a distance from a query that no token is nearer to.</summary>
    /// <param name="query">Symbols.</param>
    /// <param name="distance">That of its nearest token, ≥ 1.</param>
    /// <param name="found">Gets their ids, rising; emptied first.</param>
    public void AllAt(ReadOnlySpan<int> query, int distance, List<int> found)
    {
        found.Clear();
        _distance.SetPattern(query);
        var signature = _tokens.SignatureOf(query);
        for (int length = Math.Max(0, query.Length - distance); length <= Math.Min(_tokens.MaxLength, query.Length + distance); length++)
        {
            var (ids, first, second) = _tokens.OfLength(length);
            Signatures += ids.Length;
            for (int at = 0; at < ids.Length; at++)
            {
                if (signature.LowerBound(new(first.Span[at], second.Span[at])) <= distance && _distance.To(_tokens.Tokens[ids.Span[at]], distance) == distance)
                {
                    found.Add(ids.Span[at]);
                }
            }
        }

        found.Sort();
    }

    private bool Indexed(DeletionIndex index, ReadOnlySpan<int> query, int distance, out int id)
    {
        index.Collect(query, _hashes, _candidates);
        id = int.MaxValue;
        foreach (int candidate in CollectionsMarshal.AsSpan(_candidates))
        {
            if (candidate < id && _distance.To(_tokens.Tokens[candidate], distance) <= distance)
            {
                id = candidate;
            }
        }

        return id < int.MaxValue;
    }

    private void Walk(int length, int apart, CountSignature query, ref int bestId, ref int best)
    {
        if (length > _tokens.MaxLength)
        {
            return;
        }

        var (idsOfLength, firstOfLength, secondOfLength) = _tokens.OfLength(length);
        var ids = idsOfLength.Span;
        var first = firstOfLength.Span[..ids.Length];
        var second = secondOfLength.Span[..ids.Length];
        // Ids rise: at the same distance only those before the best one so far can win.
        int limit = apart == best ? best : 0;
        for (int at = 0; at < ids.Length; at++)
        {
            if (CountSignature.LowerBoundOfHalf(query.First, first[at]) > best || (limit == best && ids[at] > bestId))
            {
                continue;
            }

            int bound = query.LowerBound(new(first[at], second[at]));
            if (bound > best || (bound == best && ids[at] > bestId))
            {
                continue;
            }

            int accepted = ids[at] < bestId ? best : best - 1;
            int distance = _distance.To(_tokens.Tokens[ids[at]], accepted);
            if (distance <= accepted)
            {
                (bestId, best) = (ids[at], distance);
            }
        }

        Signatures += ids.Length;
    }
}
