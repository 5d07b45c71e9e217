using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Writes a word as the printable characters that stand for its bytes: the last thing that "ByteLevel" does.</summary>
/// <remarks>Where nothing comes behind it, merges work on bytes themselves and this step is left out.</remarks>
internal sealed class ByteLevelSplitter : ITextSplitter
{
    private readonly ByteLevelNormalizer _normalizer = new();

    /// <inheritdoc/>
    public string Description => "byte-level";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation) => words.Add(_normalizer.Normalize(text, isContinuation));
}
