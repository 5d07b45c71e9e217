using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Several splitters: each cuts the words of the one before.</summary>
internal sealed class SequenceSplitter(IReadOnlyList<ITextSplitter> steps) : ITextSplitter
{
    /// <summary>The splitters in order.</summary>
    public IReadOnlyList<ITextSplitter> Steps => steps;

    /// <inheritdoc/>
    public string Description => $"sequence({string.Join(',', steps.Select(s => s.Description))})";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation) => Split(text, 0, words, isContinuation);

    private void Split(TextSlice text, int step, List<TextSlice> words, bool isContinuation)
    {
        if (step == steps.Count)
        {
            words.Add(text);
            return;
        }

        var parts = new List<TextSlice>();
        steps[step].Split(text, parts, isContinuation);
        foreach (var part in parts)
        {
            Split(part, step + 1, words, isContinuation);
        }
    }
}
