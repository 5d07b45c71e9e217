namespace FuseSharp.Tokenizers.Decoding;

/// <summary>One of the steps of which <c>tokenizer.json</c> composes a decoder.</summary>
internal interface IDecoderStep
{
    /// <summary>The changed strings.</summary>
    /// <param name="tokens">At least one; may be changed here.</param>
    List<string> Decode(List<string> tokens);
}
