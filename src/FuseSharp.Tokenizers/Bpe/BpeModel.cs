using FuseSharp.Tokenizers.Words;

namespace FuseSharp.Tokenizers.Bpe;

/// <summary>Turns one word into tokens: its characters or bytes become symbols, and symbols merge.</summary>
/// <remarks>Serves both families. SentencePiece merges by the score of the piece that results, Hugging Face by the rank of the pair;
/// both are a rank here. Immutable.</remarks>
internal sealed class BpeModel : IWordModel
{
    /// <summary>What merges; symbols are token ids, and behind them characters that no token stands for alone.</summary>
    public required MergeTable Merges { get; init; }

    /// <summary>Number of token ids: greater symbols are characters without a token of their own.</summary>
    public required int TokenCount { get; init; }

    /// <summary>The symbol of each character; null for byte-level models.</summary>
    public SymbolTable? Characters { get; init; }

    /// <summary>The code points of symbols from <see cref="TokenCount"/> on.</summary>
    public int[] LooseCharacters { get; init; } = [];

    /// <summary>[256] The token of each byte: the alphabet of a byte-level model, otherwise what unknown characters fall back to. -1: none.</summary>
    public required int[] Bytes { get; init; }

    /// <inheritdoc/>
    public int UnknownId { get; init; } = -1;

    /// <summary>Whether unknown characters in a row become one token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Tokens by their strings where a word that is a token stays whole whatever merges say (Llama-3); otherwise null.</summary>
    public Dictionary<string, int>? WholeWords { get; init; }

    /// <summary>Whether characters are bytes in disguise.</summary>
    public bool IsByteLevel => Characters is null;

    /// <inheritdoc/>
    public int Encode(ReadOnlySpan<char> word, Span<int> ids, Span<int> ends)
    {
        if (WholeWords is not null && WholeWord(word, ends) is >= 0 and int whole)
        {
            ids[0] = whole;
            return 1;
        }

        var start = new SymbolWriter(this, ids, ends);
        start.Write(word);
        int count = Merger.Merge(Merges, ids[..start.Count], ends[..start.Count]);
        return LooseCharacters.Length == 0 ? count : SpellLooseCharacters(ids, ends, count);
    }

    private int WholeWord(ReadOnlySpan<char> word, Span<int> ends)
    {
        byte[] bytes = new byte[3 * word.Length];
        int length = EscapedUtf8.Write(word, bytes);
        string key = IsByteLevel ? ByteAlphabet.Write(bytes.AsSpan(0, length)) : word.ToString();
        ends[0] = length;
        return WholeWords!.GetValueOrDefault(key, -1);
    }

    /// <summary>Characters that were only good for merging and did not merge fall back to bytes.</summary>
    private int SpellLooseCharacters(Span<int> ids, Span<int> ends, int count)
    {
        int first = 0;
        while (first < count && ids[first] < TokenCount)
        {
            first++;
        }

        if (first == count)
        {
            return count;
        }

        int[] symbols = ids[first..count].ToArray();
        int[] symbolEnds = ends[first..count].ToArray();
        var writer = new SymbolWriter(this, ids, ends, first);
        for (int i = 0; i < symbols.Length; i++)
        {
            if (symbols[i] < TokenCount)
            {
                writer.Add(symbols[i], symbolEnds[i]);
            }
            else
            {
                writer.AddFallback(LooseCharacters[symbols[i] - TokenCount]);
            }
        }

        return writer.Count;
    }
}
