using FuseSharp.Tokenizers.Normalization;


namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Writes a marker for spaces, puts one before the text and cuts before each marker, as SentencePiece does.</summary>
/// <param name="marker">Usually <c>▁</c>.</param>
/// <param name="scheme">Where a marker is put before a text that has none.</param>
/// <param name="cuts">Whether each marker starts a word.</param>
internal sealed class MetaspaceSplitter(char marker, MetaspacePrefix scheme, bool cuts) : ITextSplitter
{
    private readonly ReplaceNormalizer _replace = new(" ", marker.ToString());

    /// <inheritdoc/>
    public string Description => $"metaspace({marker},{scheme},{cuts})";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        bool isPrefixed = !isContinuation && scheme switch
        {
            MetaspacePrefix.Always => true,
            MetaspacePrefix.First => text.ByteStart == 0,
            _ => false,
        };
        text = _replace.Normalize(text, isContinuation);
        if (isPrefixed && text.Span[0] != marker)
        {
            text = PrependNormalizer.Prepend(marker.ToString(), text);
        }

        int start = text.Start;
        while (cuts && start < text.EndExclusive)
        {
            int next = text.Cut(start + 1, text.EndExclusive).Span.IndexOf(marker);
            if (next < 0)
            {
                break;
            }

            words.Add(text.Cut(start, start + 1 + next));
            start += 1 + next;
        }

        words.Add(text.Cut(start, text.EndExclusive));
    }
}
