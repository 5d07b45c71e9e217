namespace FuseSharp.Tokenizers.Decoding;

/// <summary>"CTC": equal tokens in a row are one, padding falls away.</summary>
/// <param name="padding">The token that separates others.</param>
/// <param name="delimiter">What stands for the space between words.</param>
/// <param name="cleansUp">Whether spaces before English punctuation go, and the delimiter becomes a space.</param>
internal sealed class CtcStep(string padding, string delimiter, bool cleansUp) : IDecoderStep
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens)
        => [.. tokens.Where((t, i) => i == 0 || t != tokens[i - 1]).Select(t => t.Replace(padding, "", StringComparison.Ordinal))
            .Select(t => cleansUp ? EnglishSpaces.Clean(t).Replace(delimiter, " ", StringComparison.Ordinal) : t).Where(t => t.Length > 0)];
}
