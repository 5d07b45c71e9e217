namespace FuseSharp.Tokenizers.Decoding;

/// <summary>The decoders of <c>tokenizer.json</c>: each step changes the list of strings, the last list is joined.</summary>
/// <param name="steps">Steps in order.</param>
/// <param name="separator">What joins the strings.</param>
internal sealed class StepDecoder(IReadOnlyList<IDecoderStep> steps, string separator = "") : ITokenDecoder
{
    /// <inheritdoc/>
    public string Decode(string[] tokens)
    {
        List<string> current = [.. tokens];
        foreach (var step in steps)
        {
            current = step.Decode(current);
        }

        return string.Join(separator, current);
    }
}
