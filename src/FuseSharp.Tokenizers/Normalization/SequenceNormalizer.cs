namespace FuseSharp.Tokenizers.Normalization;

/// <summary>Several normalizers, one after the other.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<ITextNormalizer> steps) : ITextNormalizer
{
    /// <inheritdoc/>
    public string Description => $"sequence({string.Join(',', steps.Select(s => s.Description))})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
    {
        foreach (var step in steps)
        {
            text = step.Normalize(text, isContinuation);
        }

        return text;
    }
}
