namespace FuseSharp.Tokenizers.Words;

/// <summary>"WordPiece": the longest token at the word's start, then the longest of those that continue a word; a word that cannot be spelled so is unknown as a whole.</summary>
internal sealed class WordPieceModel : IWordModel
{
    private readonly TokenTrie _starts = new();
    private readonly TokenTrie _continuations = new();
    private readonly int _longestWord;

    /// <param name="ids">Ids by token.</param>
    /// <param name="unknownId">For a word that cannot be spelled.</param>
    /// <param name="prefix">What tokens that continue a word begin with, <c>##</c>.</param>
    /// <param name="longestWord">Characters of the longest word that is looked at; longer ones are unknown.</param>
    public WordPieceModel(IReadOnlyDictionary<string, int> ids, int unknownId, string prefix, int longestWord)
    {
        UnknownId = unknownId;
        Prefix = prefix;
        _longestWord = longestWord;
        foreach (var (token, id) in ids)
        {
            if (token.Length > 0)
            {
                _starts.Add(token, id);
            }

            if (token.Length > prefix.Length && token.StartsWith(prefix, StringComparison.Ordinal))
            {
                _continuations.Add(token.AsSpan(prefix.Length), id);
            }
        }
    }

    /// <inheritdoc/>
    public int UnknownId { get; }

    /// <summary>What tokens that continue a word begin with.</summary>
    public string Prefix { get; }

    /// <summary>Characters of the longest word that is looked at.</summary>
    public int LongestWord => _longestWord;

    /// <inheritdoc/>
    public int Encode(ReadOnlySpan<char> word, Span<int> ids, Span<int> ends)
    {
        int count = 0;
        int bytes = 0;
        int characters = 0;
        for (int at = 0; at < word.Length;)
        {
            int id = (at == 0 ? _starts : _continuations).Longest(word[at..], out int length);
            if (id < 0)
            {
                count = 0;
                break;
            }

            bytes += Utf8Widths.Of(word.Slice(at, length));
            ids[count] = id;
            ends[count++] = bytes;
            at += length;
        }

        for (int at = 0; at < word.Length && word.Length > _longestWord; characters++)
        {
            Utf8Widths.At(word, at, out int units);
            at += units;
        }

        if (count == 0 || characters > _longestWord)
        {
            ids[0] = UnknownId;
            ends[0] = Utf8Widths.Of(word);
            return 1;
        }

        return count;
    }
}
