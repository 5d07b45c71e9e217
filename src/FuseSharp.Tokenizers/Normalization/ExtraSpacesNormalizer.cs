namespace FuseSharp.Tokenizers.Normalization;

/// <summary>SentencePiece's <c>remove_extra_whitespaces</c>: spaces at both ends go, those in a row become one.</summary>
internal sealed class ExtraSpacesNormalizer : ITextNormalizer
{
    /// <inheritdoc/>
    public string Description => "extra_spaces";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
    {
        var builder = new AlignedTextBuilder(text.Length);
        string source = text.Source.Text;
        int end = text.EndExclusive;
        while (!isContinuation && end > text.Start && source[end - 1] is ' ' or '▁')
        {
            end--;
        }

        bool isBehindSpace = !isContinuation;
        for (int at = text.Start; at < end; at++)
        {
            bool isSpace = source[at] == ' ';
            if (!isSpace || !isBehindSpace)
            {
                builder.Append(text.Cut(at, at + 1));
            }

            isBehindSpace = isSpace;
        }

        return builder.Build(text.Source.Starts[text.EndExclusive]);
    }
}
