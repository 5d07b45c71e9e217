namespace FuseSharp.Tokenizers.Decoding;

/// <summary>"ByteLevel": all tokens become the text that they write.</summary>
internal sealed class ByteLevelStep : IDecoderStep
{
    private readonly ByteLevelDecoder _decoder = new();

    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens) => [_decoder.Decode([.. tokens])];
}
