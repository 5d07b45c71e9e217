using FuseSharp.Tokenizers.Normalization;


namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Puts a space before a text that does not start with one (<c>add_prefix_space</c> of byte-level tokenizers).</summary>
internal sealed class PrefixSpaceSplitter : ITextSplitter
{
    /// <inheritdoc/>
    public string Description => "prefix-space";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
        => words.Add(isContinuation || text.Span[0] == ' ' ? text : PrependNormalizer.Prepend(" ", text));
}
