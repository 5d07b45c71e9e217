using FuseSharp.Tokenizers.Normalization;


namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Sets numbers apart from the rest: digit by digit or run by run.</summary>
internal sealed class DigitSplitter(bool singly) : ITextSplitter
{
    /// <inheritdoc/>
    public string Description => $"digits({singly})";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        var span = text.Span;
        int start = 0;
        bool isNumber = false;
        for (int i = 0; i < span.Length;)
        {
            bool isDigit = CharacterClasses.At(span, i, out int width) == CharacterClass.Number;
            if (i > start && (isDigit != isNumber || (isDigit && singly)))
            {
                words.Add(text.Cut(text.Start + start, text.Start + i));
                start = i;
            }

            isNumber = isDigit;
            i += width;
        }

        words.Add(text.Cut(text.Start + start, text.EndExclusive));
    }
}
