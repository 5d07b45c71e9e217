using FuseSharp.Fusion.Spelling;

namespace FuseSharp.Fusion.Map;

/// <summary>A vocabulary with its signatures, tokens of one length side by side in id order: what a search walks through outward from the query's length.</summary>
internal sealed class LengthOrderedTokens
{
    private readonly int[] _lengthStarts;
    private readonly int[] _ids;
    private readonly ulong[] _first;
    private readonly ulong[] _second;
    private readonly byte[] _counts;
    private readonly byte[] _bucketOf;

    /// <summary>Orders a vocabulary.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="order">Ids that take part, rising.</param>
    /// <param name="symbols">Number of symbols of all vocabularies that are compared.</param>
    public LengthOrderedTokens(TokenSymbols tokens, ReadOnlySpan<int> order, int symbols)
    {
        Tokens = tokens;
        _bucketOf = CountSignature.BucketsOf(tokens.All, symbols);
        MaxLength = 0;
        foreach (int id in order)
        {
            MaxLength = Math.Max(MaxLength, tokens.LengthOf(id));
        }

        _lengthStarts = new int[MaxLength + 2];
        foreach (int id in order)
        {
            _lengthStarts[tokens.LengthOf(id) + 1]++;
        }

        for (int length = 1; length < _lengthStarts.Length; length++)
        {
            _lengthStarts[length] += _lengthStarts[length - 1];
        }

        int[] next = [.. _lengthStarts];
        _ids = new int[order.Length];
        _first = new ulong[order.Length];
        _second = new ulong[order.Length];
        _counts = new byte[order.Length];
        foreach (int id in order)
        {
            int at = next[tokens.LengthOf(id)]++;
            _ids[at] = id;
            var signature = CountSignature.Compute(tokens[id], _bucketOf);
            (_first[at], _second[at], _counts[at]) = (signature.First, signature.Second, (byte)signature.Count);
        }
    }

    /// <summary>The tokens themselves.</summary>
    public TokenSymbols Tokens { get; }

    /// <summary>Code points of the longest token.</summary>
    public int MaxLength { get; }

    /// <summary>The signature of the token at a place of the order.</summary>
    public CountSignature SignatureAt(int place) => new(_first[place], _second[place]);

    /// <summary>A query's signature.</summary>
    public CountSignature SignatureOf(ReadOnlySpan<int> query) => CountSignature.Compute(query, _bucketOf);

    /// <summary>Ids in the order of length, then of id.</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <summary>Where the tokens of a length begin in <see cref="Ids"/>; lengths outside the vocabulary's begin at its edge.</summary>
    public int StartOf(int length) => _lengthStarts[Math.Clamp(length, 0, MaxLength + 1)];

    /// <summary>Writes what no edit distance can be below, for tokens start … end − 1 of the order.</summary>
    /// <param name="query">The query's signature.</param>
    /// <param name="lengthsApart">How far these tokens' lengths are from the query's, which no distance is below either; 0 … 255.</param>
    /// <param name="start">First place.</param>
    /// <param name="end">Place behind the last.</param>
    /// <param name="bounds">[vocabulary]; gets the bounds at their places.</param>
    public void LowerBounds(CountSignature query, int lengthsApart, int start, int end, Span<byte> bounds)
    {
        var first = _first.AsSpan(start, end - start);
        var second = _second.AsSpan(start, end - start);
        var counts = _counts.AsSpan(start, end - start);
        int count = query.Count;
        bounds = bounds.Slice(start, end - start);
        for (int at = 0; at < bounds.Length; at++)
        {
            bounds[at] = (byte)Math.Max(lengthsApart, Math.Max(count, counts[at]) - query.Shared(new(first[at], second[at])));
        }
    }
}
