using FuseSharp.Tokenizers.Normalization;


namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Several splitters: each cuts the words of the one before.</summary>
internal sealed class SequenceSplitter(IReadOnlyList<ITextSplitter> steps) : ITextSplitter
{
    /// <inheritdoc/>
    public string Description => $"sequence({string.Join(',', steps.Select(s => s.Description))})";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        List<TextSlice> current = [text];
        foreach (var step in steps)
        {
            var next = new List<TextSlice>(current.Count);
            foreach (var word in current)
            {
                step.Split(word, next, isContinuation);
            }

            current = next;
        }

        words.AddRange(current);
    }
}
