namespace FuseSharp.Tokenizers.Decoding;

/// <summary>"BPEDecoder": the suffix that ends a word becomes a space, nothing at the end.</summary>
internal sealed class SuffixStep(string suffix) : IDecoderStep
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            tokens[i] = tokens[i].Replace(suffix, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal);
        }

        return tokens;
    }
}
