using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>"Whitespace": runs of word characters, and runs of what is neither they nor white space (<c>\w+|[^\w\s]+</c>); white space falls away.</summary>
internal sealed class WhitespaceSplitter : ITextSplitter
{
    /// <inheritdoc/>
    public string Description => "whitespace";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        var span = text.Span;
        int start = 0;
        var kind = WordCharacter.Space;
        for (int at = 0; at < span.Length;)
        {
            var next = WordCharacters.At(span, at, out int width);
            if (next != kind)
            {
                Add(at);
                (start, kind) = (at, next);
            }

            at += width;
        }

        Add(span.Length);

        void Add(int end)
        {
            if (kind != WordCharacter.Space && end > start)
            {
                words.Add(text.Cut(text.Start + start, text.Start + end));
            }
        }
    }
}
