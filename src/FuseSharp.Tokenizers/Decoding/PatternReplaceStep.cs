using FuseSharp.Tokenizers.Normalization;
using FuseSharp.Tokenizers.Patterns;

namespace FuseSharp.Tokenizers.Decoding;

/// <summary>"Replace" of a regular expression, in every token.</summary>
internal sealed class PatternReplaceStep(TextPattern pattern, string content) : IDecoderStep
{
    private readonly PatternReplaceNormalizer _replace = new(pattern, content);

    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens) => tokens.ConvertAll(t => _replace.Normalize(AlignedText.FromText(t).All, isContinuation: false).Span.ToString());
}
