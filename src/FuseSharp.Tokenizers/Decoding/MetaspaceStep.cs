namespace FuseSharp.Tokenizers.Decoding;

/// <summary>"Metaspace": markers become spaces, those of the first token nothing where one was put before the text.</summary>
internal sealed class MetaspaceStep(char marker, bool isPrefixed) : IDecoderStep
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            tokens[i] = tokens[i].Replace(marker.ToString(), i == 0 && isPrefixed ? "" : " ", StringComparison.Ordinal);
        }

        return tokens;
    }
}
