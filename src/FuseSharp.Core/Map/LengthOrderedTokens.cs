namespace FuseSharp.Core.Map;

/// <summary>A vocabulary with its signatures, tokens of one length side by side in id order: what a search walks through outward from the query's length.</summary>
internal sealed class LengthOrderedTokens
{
    private readonly int[] _lengthStarts;
    private readonly int[] _ids;
    private readonly ulong[] _first;
    private readonly ulong[] _second;
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
        foreach (int id in order)
        {
            int at = next[tokens.LengthOf(id)]++;
            _ids[at] = id;
            (_first[at], _second[at]) = CountSignature.Of(tokens[id], _bucketOf);
        }
    }

    /// <summary>The tokens themselves.</summary>
    public TokenSymbols Tokens { get; }

    /// <summary>Code points of the longest token.</summary>
    public int MaxLength { get; }

    /// <summary>A query's signature.</summary>
    public CountSignature SignatureOf(ReadOnlySpan<int> query) => CountSignature.Of(query, _bucketOf);

    /// <summary>The tokens of one length: ids and both words of their signatures.</summary>
    public (ReadOnlyMemory<int> Ids, ReadOnlyMemory<ulong> First, ReadOnlyMemory<ulong> Second) OfLength(int length)
    {
        var range = _lengthStarts[length].._lengthStarts[length + 1];
        return (_ids.AsMemory(range), _first.AsMemory(range), _second.AsMemory(range));
    }
}
