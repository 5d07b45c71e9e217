using System.Runtime.InteropServices;
using FuseSharp.Fusion.Spelling;

namespace FuseSharp.Fusion.Map;

/// <summary>Finds the token nearest to a query: smallest edit distance, then smallest id.</summary>
/// <remarks>
/// Most queries have a token at distance 1 or 2, which the deletion indexes find. The others walk through the vocabulary outward from their own length,
/// in the order of the bounds that the signatures give. The result is that of comparing with every token. One for each thread.
/// </remarks>
internal sealed class NearestTokenSearch
{
    private const int ShortestWithTwoDeletions = 5;

    private readonly LengthOrderedTokens _tokens;
    private readonly DeletionIndex _atOne;
    private readonly DeletionIndex _atTwo;
    private readonly EditDistance _distance;
    private readonly byte[] _bounds;
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
        _bounds = new byte[tokens.Ids.Length];
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
        var signature = _tokens.SignatureOf(query);
        int atLeast = 1;
        if (query.Length <= _atTwo.MaxQueryLength)
        {
            if (Indexed(_atOne, query, signature, 1, out int id))
            {
                return (id, 1);
            }

            atLeast = 2;
            // With two of few symbols left out nearly every short token looks alike.
            if (query.Length >= ShortestWithTwoDeletions)
            {
                if (Indexed(_atTwo, query, signature, 2, out id))
                {
                    return (id, 2);
                }

                atLeast = 3;
            }
        }

        return Math.Max(query.Length, _tokens.MaxLength) <= byte.MaxValue ? ByBounds(query, signature, atLeast) : ByTrying();
    }

    /// <summary>All tokens at exactly a distance from a query that no token is nearer to.</summary>
    /// <param name="query">Symbols.</param>
    /// <param name="distance">That of its nearest token, ≥ 1.</param>
    /// <param name="found">Gets their ids, rising; emptied first.</param>
    public void AllAt(ReadOnlySpan<int> query, int distance, List<int> found)
    {
        found.Clear();
        _distance.SetPattern(query);
        int start = _tokens.StartOf(query.Length - distance);
        int end = _tokens.StartOf(query.Length + distance + 1);
        Bound(_tokens.SignatureOf(query), 0, start, end);
        for (int at = start; at < end; at++)
        {
            if (_bounds[at] <= distance && _distance.To(_tokens.Tokens[_tokens.Ids[at]], distance) == distance)
            {
                found.Add(_tokens.Ids[at]);
            }
        }

        found.Sort();
    }

    // Tokens are tried in the order of their lower bounds, so that the nearest one comes early and the rest need not be tried.
    private (int Id, int Distance) ByBounds(ReadOnlySpan<int> query, CountSignature signature, int atLeast)
    {
        int farthest = Math.Max(query.Length, _tokens.MaxLength);
        int id = int.MaxValue;
        int best = farthest + 1;
        int start = _tokens.StartOf(query.Length);
        int end = start;
        for (int level = 0; level <= best && level <= farthest; level++)
        {
            // A token of a length further away than this cannot be nearer either.
            int first = _tokens.StartOf(query.Length - level);
            int last = _tokens.StartOf(query.Length + level + 1);
            Bound(signature, level, first, start);
            Bound(signature, level, end, last);
            (start, end) = (first, last);
            if (level >= atLeast)
            {
                TryAt(level, start, end, level == atLeast, ref id, ref best);
            }
        }

        return (id, best);
    }

    // Bounds are bytes; the odd vocabulary with a token of more code points has all its tokens tried.
    private (int Id, int Distance) ByTrying()
    {
        int id = int.MaxValue;
        int best = int.MaxValue - 1;
        foreach (int candidate in _tokens.Ids)
        {
            int distance = _distance.To(_tokens.Tokens[candidate], best);
            if (distance < best || (distance == best && candidate < id))
            {
                (id, best) = (candidate, distance);
            }
        }

        return (id, best);
    }

    private void TryAt(int level, int start, int end, bool isFirst, ref int id, ref int best)
    {
        var bounds = _bounds.AsSpan(0, end);
        for (int at = start; level <= best; at++)
        {
            int step = isFirst ? bounds[at..].IndexOfAnyInRange((byte)0, (byte)level) : bounds[at..].IndexOf((byte)level);
            if (step < 0)
            {
                return;
            }

            at += step;
            int candidate = _tokens.Ids[at];
            // At the same distance the smaller id wins.
            int accepted = candidate < id ? best : best - 1;
            if (level <= accepted && _distance.To(_tokens.Tokens[candidate], accepted) is var distance && distance <= accepted)
            {
                (id, best) = (candidate, distance);
            }
        }
    }

    private void Bound(CountSignature query, int lengthsApart, int start, int end)
    {
        if (start < end)
        {
            _tokens.LowerBounds(query, lengthsApart, start, end, _bounds);
            Signatures += end - start;
        }
    }

    private bool Indexed(DeletionIndex index, ReadOnlySpan<int> query, CountSignature signature, int distance, out int id)
    {
        index.Collect(query, _hashes, _candidates);
        Signatures += _candidates.Count;
        id = int.MaxValue;
        foreach (int place in CollectionsMarshal.AsSpan(_candidates))
        {
            int candidate = _tokens.Ids[place];
            if (candidate < id && signature.LowerBound(_tokens.SignatureAt(place)) <= distance && _distance.To(_tokens.Tokens[candidate], distance) <= distance)
            {
                id = candidate;
            }
        }

        return id < int.MaxValue;
    }
}
