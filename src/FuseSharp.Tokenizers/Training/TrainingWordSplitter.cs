using FuseSharp.Tokenizers.Normalization;
using FuseSharp.Tokenizers.Splitting;


namespace FuseSharp.Tokenizers.Training;

/// <summary>Cuts a text into the words that a SentencePiece vocabulary is learned from.</summary>
/// <remarks>A word is a run of letters with marks, of digits, or of other signs, with the <c>▁</c> of the space before it; further spaces
/// form a word of their own. Controls and newlines belong to no word: they are spelled in bytes, as in Llama-2.</remarks>
/// <param name="splitsDigits">Whether every digit is a word.</param>
internal sealed class TrainingWordSplitter(bool splitsDigits) : ITextSplitter
{
    private enum Kind
    {
        Space,
        Dropped,
        Letter,
        Number,
        Other,
    }

    /// <inheritdoc/>
    public string Description => $"training({splitsDigits})";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        text = new ReplaceNormalizer(" ", "▁").Normalize(PrependNormalizer.Prepend("▁", text), isContinuation);
        var span = text.Span;
        int start = 0;
        while (start < span.Length)
        {
            var kind = KindAt(span, start, out int width);
            int end = start + width;
            if (kind == Kind.Dropped)
            {
                start = end;
                continue;
            }

            if (kind == Kind.Space)
            {
                end = EndOfMarkers(span, start, out kind);
                if (kind != Kind.Space)
                {
                    KindAt(span, end, out width);
                    end += width;
                }
            }

            while (end < span.Length && !(kind == Kind.Number && splitsDigits) && KindAt(span, end, out width) == kind)
            {
                end += width;
            }

            words.Add(text.Cut(text.Start + start, text.Start + end));
            start = end;
        }
    }

    /// <summary>The last marker goes with the word behind it; what comes before is a word of its own.</summary>
    private static int EndOfMarkers(ReadOnlySpan<char> span, int start, out Kind next)
    {
        int end = start;
        while (end < span.Length && span[end] == '▁')
        {
            end++;
        }

        next = end < span.Length ? KindAt(span, end, out _) : Kind.Dropped;
        if (next == Kind.Dropped)
        {
            next = Kind.Space;
            return end;
        }

        if (end - start > 1)
        {
            next = Kind.Space;
            return end - 1;
        }

        return end;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int width)
    {
        char c = text[index];
        var kind = CharacterClasses.At(text, index, out width);
        return c == '▁' ? Kind.Space
            : kind == CharacterClass.Space || char.IsControl(c) ? Kind.Dropped
            : kind == CharacterClass.Number ? Kind.Number
            : kind == CharacterClass.Letter || IsMark(c) ? Kind.Letter
            : Kind.Other;
    }

    private static bool IsMark(char c) => char.GetUnicodeCategory(c) is >= System.Globalization.UnicodeCategory.NonSpacingMark
        and <= System.Globalization.UnicodeCategory.EnclosingMark;
}
