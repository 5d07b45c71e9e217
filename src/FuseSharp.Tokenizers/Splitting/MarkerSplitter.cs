using System.Collections.Frozen;
using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Cuts before <c>▁</c> wherever no token of the vocabulary could cross the cut: the tokens stay those of the whole text.</summary>
/// <remarks>A merge across the border of c and ▁ makes a token that holds "c▁". Where no token holds it, merges left and right of the
/// border do not touch each other, and the order of merges (rank, then place) is the same within each side. So the result is equal.</remarks>
internal sealed class MarkerSplitter : ITextSplitter
{
    private const char Marker = '▁';

    private readonly FrozenSet<char> _joined;

    /// <param name="tokens">Every string that merges can make.</param>
    public MarkerSplitter(IEnumerable<string> tokens)
    {
        var joined = new HashSet<char>();
        foreach (string token in tokens)
        {
            for (int i = 1; i < token.Length; i++)
            {
                if (token[i] == Marker)
                {
                    joined.Add(token[i - 1]);
                }
            }
        }

        _joined = joined.ToFrozenSet();
    }

    /// <inheritdoc/>
    public string Description => "marker";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        var span = text.Span;
        int start = 0;
        for (int i = 0; i < span.Length;)
        {
            int found = span[(i + 1)..].IndexOf(Marker);
            if (found < 0)
            {
                break;
            }

            i += 1 + found;
            if (!_joined.Contains(span[i - 1]))
            {
                words.Add(text.Cut(text.Start + start, text.Start + i));
                start = i;
            }
        }

        words.Add(text.Cut(text.Start + start, text.EndExclusive));
    }
}
