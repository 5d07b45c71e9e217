using FuseSharp.Tokenizers.Normalization;
using FuseSharp.Tokenizers.Words;


namespace FuseSharp.Tokenizers;

/// <summary>Collects the tokens of a text with the bytes of the original at which they end.</summary>
internal sealed class TokenBuffer(int capacity)
{
    private readonly List<int> _ids = new(capacity);
    private readonly List<int> _ends = new(capacity);

    /// <summary>Tokens so far.</summary>
    public int Count => _ids.Count;

    /// <summary>The id of a token.</summary>
    public int this[int index] => _ids[index];

    /// <summary>Adds one token.</summary>
    public void Add(int id, int end)
    {
        _ids.Add(id);
        _ends.Add(end);
    }

    /// <summary>Adds the tokens of a word.</summary>
    /// <param name="word">Where it stands.</param>
    /// <param name="ids">[tokens].</param>
    /// <param name="ends">[tokens] in bytes of the word's own UTF-8.</param>
    public void Add(TextSlice word, ReadOnlySpan<int> ids, ReadOnlySpan<int> ends)
    {
        _ids.AddRange(ids);
        string text = word.Source.Text;
        int[] starts = word.Source.Starts;
        int at = word.Start;
        int bytes = 0;
        foreach (int end in ends)
        {
            // Walk to the character in which the token ends; 'inside' bytes of it belong to the token.
            int inside = end - bytes;
            int width = 0;
            int units = 0;
            while (inside > 0 && inside >= (width = Utf8Widths.At(text, at, out units)))
            {
                at += units;
                bytes += width;
                inside -= width;
            }

            // An unchanged character keeps its bytes; one that was changed counts from its end only.
            int start = starts[at];
            _ends.Add(inside > 0 && starts[at + units] - start == width ? start + inside : start);
        }
    }

    /// <summary>Removes the first token.</summary>
    public void RemoveFirst()
    {
        _ids.RemoveAt(0);
        _ends.RemoveAt(0);
    }

    // A token can take white space that the next ones then take too: each still ends where the one before does, or behind it.
    private void Order()
    {
        for (int i = 1; i < _ends.Count; i++)
        {
            _ends[i] = Math.Max(_ends[i], _ends[i - 1]);
        }
    }

    /// <summary>The tokens; the last one ends at the end of the text, also where its end was left out.</summary>
    /// <param name="textLength">Length of the original in bytes.</param>
    public TokenizedText Build(int textLength)
    {
        Order();
        if (_ends.Count > 0)
        {
            _ends[^1] = textLength;
        }

        return new TokenizedText([.. _ids], [.. _ends]);
    }
}
