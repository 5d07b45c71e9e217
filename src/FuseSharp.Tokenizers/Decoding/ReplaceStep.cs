namespace FuseSharp.Tokenizers.Decoding;

/// <summary>"Replace" of a string: one string for another in every token.</summary>
internal sealed class ReplaceStep(string pattern, string content) : IDecoderStep
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens) => tokens.ConvertAll(t => t.Replace(pattern, content, StringComparison.Ordinal));
}
