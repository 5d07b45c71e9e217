namespace FuseSharp.Tokenizers.Decoding;

/// <summary>"Fuse": all tokens become one.</summary>
internal sealed class FuseStep : IDecoderStep
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}
