using FuseSharp.Tokenizers.Normalization;
using FuseSharp.Tokenizers.Patterns;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>"Split" by a regular expression.</summary>
/// <param name="pattern">What is looked for.</param>
/// <param name="behavior">What becomes of it.</param>
/// <param name="isInverted">Whether it becomes of what lies between instead.</param>
internal sealed class PatternSplitter(TextPattern pattern, SplitBehavior behavior, bool isInverted) : ITextSplitter
{
    /// <inheritdoc/>
    public string Description => $"pattern({pattern.Source},{behavior},{isInverted})";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        var found = new List<(int Start, int End)>();
        pattern.FindAll(text.Span, found);
        TextCutter.Cut(text, found, behavior, isInverted, words);
    }
}
