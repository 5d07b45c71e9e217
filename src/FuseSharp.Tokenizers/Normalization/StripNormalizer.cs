namespace FuseSharp.Tokenizers.Normalization;

/// <summary>"Strip": takes white space from the ends.</summary>
/// <param name="left">Whether from the start.</param>
/// <param name="right">Whether from the end.</param>
internal sealed class StripNormalizer(bool left, bool right) : ITextNormalizer
{
    /// <inheritdoc/>
    public string Description => $"strip({left},{right})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
    {
        var (source, start, end) = text;
        while (left && !isContinuation && start < end && char.IsWhiteSpace(source.Text[start]))
        {
            start++;
        }

        while (right && !isContinuation && end > start && char.IsWhiteSpace(source.Text[end - 1]))
        {
            end--;
        }

        return text.Cut(start, end);
    }
}
