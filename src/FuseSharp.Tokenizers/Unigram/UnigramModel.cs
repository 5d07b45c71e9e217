using System.Buffers;
using FuseSharp.Tokenizers.Bpe;
using FuseSharp.Tokenizers.Words;

namespace FuseSharp.Tokenizers.Unigram;

/// <summary>Unigram language model: of all ways to spell a word in tokens the one with the greatest sum of their log-probabilities.</summary>
/// <remarks>Viterbi over the places of the word, in the order and with the rounding of the original, so that equal sums are decided alike: Hugging Face adds
/// in double precision, SentencePiece keeps sums in single. O(n · longest token) time, O(n) memory taken from a pool.</remarks>
internal sealed class UnigramModel : IWordModel
{
    /// <summary>What an unknown character costs more than the least likely token.</summary>
    private const double UnknownPenalty = 10;

    private readonly TokenTrie _trie = new();

    /// <summary>Makes the model.</summary>
    /// <param name="tokens">The tokens that stand in words, by id; an empty string for the others.</param>
    /// <param name="scores">[tokens] natural logarithms of their probabilities.</param>
    public UnigramModel(IReadOnlyList<string> tokens, IReadOnlyList<double> scores)
    {
        Scores = scores;
        for (int id = 0; id < tokens.Count; id++)
        {
            if (tokens[id].Length > 0)
            {
                _trie.Add(tokens[id], id);
            }
        }
    }

    /// <summary>[tokens] natural logarithms of probabilities.</summary>
    public IReadOnlyList<double> Scores { get; }

    /// <summary>The score of the least likely token.</summary>
    public required double LowestScore { get; init; }

    /// <inheritdoc/>
    public required int UnknownId { get; init; }

    /// <summary>[256] The token of each byte, which unknown characters fall back to; -1: none.</summary>
    public required int[] Bytes { get; init; }

    /// <summary>Whether unknown characters in a row become one token.</summary>
    public bool FusesUnknown { get; init; } = true;

    /// <summary>Whether sums are kept in single precision, as SentencePiece keeps them.</summary>
    public bool IsSingle { get; init; }

    /// <summary>Tokens that always go before others (SentencePiece's user-defined symbols), with the score of the likeliest token; null for none.</summary>
    public (IReadOnlySet<int> Ids, double Highest)? Preferred { get; init; }

    /// <inheritdoc/>
    public int Encode(ReadOnlySpan<char> word, Span<int> ids, Span<int> ends)
    {
        if (word.IsEmpty)
        {
            return 0;
        }

        int size = word.Length + 1;
        double[] best = ArrayPool<double>.Shared.Rent(size);
        int[] links = ArrayPool<int>.Shared.Rent(2 * size);
        try
        {
            // from[i] is where the token that ends at i starts, -1 for none yet; chosen[i] that token.
            var from = links.AsSpan(0, size);
            var chosen = links.AsSpan(size, size);
            from.Fill(-1);
            best[0] = 0;
            Spread(word, best, from, chosen);
            return Collect(word, from, chosen, ids, ends);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(best);
            ArrayPool<int>.Shared.Return(links);
        }
    }

    private void Spread(ReadOnlySpan<char> word, double[] best, Span<int> from, Span<int> chosen)
    {
        double unknown = Rounded(LowestScore - UnknownPenalty);
        for (int start = 0; start < word.Length;)
        {
            Utf8Widths.At(word, start, out int units);
            bool isSpelled = false;
            int node = TokenTrie.Root;
            for (int end = start + 1; end <= word.Length && (node = _trie.Step(node, word[end - 1])) >= 0; end++)
            {
                int id = _trie.ValueAt(node);
                if (id < 0)
                {
                    continue;
                }

                double candidate = Rounded(ScoreOf(id, word[start..end]) + best[start]);
                if (from[end] < 0 || candidate > best[end])
                {
                    (best[end], from[end], chosen[end]) = (candidate, start, id);
                }

                isSpelled |= end - start == units;
            }

            if (!isSpelled)
            {
                int end = start + units;
                double candidate = Rounded(unknown + best[start]);
                if (from[end] < 0 || candidate > best[end])
                {
                    (best[end], from[end], chosen[end]) = (candidate, start, UnknownId);
                }
            }

            start += units;
        }
    }

    private double Rounded(double sum) => IsSingle ? (float)sum : sum;

    // Each byte of a token that goes before others outweighs the likeliest token.
    private double ScoreOf(int id, ReadOnlySpan<char> text)
        => Preferred is { } preferred && preferred.Ids.Contains(id) ? (float)(Utf8Widths.Of(text) * (float)preferred.Highest) - 0.1 : Scores[id];

    private int Collect(ReadOnlySpan<char> word, Span<int> from, Span<int> chosen, Span<int> ids, Span<int> ends)
    {
        // The way back, turned round: from[end] then is where the token that starts there ends.
        int next = -1;
        int nextToken = -1;
        for (int end = word.Length; end >= 0;)
        {
            (int start, int token) = (from[end], chosen[end]);
            (from[end], chosen[end]) = (next, nextToken);
            (next, nextToken, end) = (end, token, end == 0 ? -1 : start);
        }

        int count = 0;
        int bytes = 0;
        for (int start = 0; start < word.Length;)
        {
            int end = from[start];
            int token = chosen[start];
            while (token == UnknownId && FusesUnknown && end < word.Length && chosen[end] == UnknownId)
            {
                end = from[end];
            }

            var text = word[start..end];
            if (token == UnknownId && _trie.Longest(text, out int length) is >= 0 and int own && length == text.Length)
            {
                token = own; // the unknown token itself, written out
            }
            else if (token == UnknownId && TrySpell(text, ids, ends, ref count, bytes))
            {
                token = -1;
            }

            if (token >= 0)
            {
                ids[count] = token;
                ends[count++] = bytes + Utf8Widths.Of(text);
            }

            bytes += Utf8Widths.Of(text);
            start = end;
        }

        return count;
    }

    private bool TrySpell(ReadOnlySpan<char> text, Span<int> ids, Span<int> ends, ref int count, int offset)
    {
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(3 * text.Length);
        int length = EscapedUtf8.Write(text, utf8);
        bool isSpelled = true;
        for (int i = 0; i < length; i++)
        {
            isSpelled &= Bytes[utf8[i]] >= 0;
        }

        for (int i = 0; i < length && isSpelled; i++)
        {
            ids[count] = Bytes[utf8[i]];
            ends[count++] = ++offset;
        }

        ArrayPool<byte>.Shared.Return(utf8);
        return isSpelled;
    }
}
