using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>"FixedLength": words of so many characters.</summary>
/// <param name="length">Characters in a word, at least 1.</param>
internal sealed class FixedLengthSplitter(int length) : ITextSplitter
{
    /// <inheritdoc/>
    public string Description => $"length({length})";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        var span = text.Span;
        int start = 0;
        int count = 0;
        for (int at = 0; at < span.Length;)
        {
            at += at + 1 < span.Length && char.IsSurrogatePair(span[at], span[at + 1]) ? 2 : 1;
            if (++count == length || at == span.Length)
            {
                words.Add(text.Cut(text.Start + start, text.Start + at));
                (start, count) = (at, 0);
            }
        }
    }
}
