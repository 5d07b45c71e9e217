namespace FuseSharp.Tokenizers.Normalization;

/// <summary>Puts a string before a text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : ITextNormalizer
{
    /// <inheritdoc/>
    public string Description => $"prepend({prefix})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation) => isContinuation || text.Length == 0 ? text : Prepend(prefix, text);

    /// <summary>Puts a string before a text; its characters start and end where the text starts.</summary>
    public static TextSlice Prepend(string prefix, TextSlice text)
    {
        int[] starts = new int[prefix.Length + text.Length + 1];
        starts.AsSpan(0, prefix.Length).Fill(text.ByteStart);
        text.Source.Starts.AsSpan(text.Start, text.Length + 1).CopyTo(starts.AsSpan(prefix.Length));
        return AlignedText.FromParts(string.Concat(prefix, text.Span), starts).All;
    }
}
