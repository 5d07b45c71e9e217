using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>"Split" by a string.</summary>
/// <param name="literal">What is looked for; not empty.</param>
/// <param name="behavior">What becomes of it.</param>
/// <param name="isInverted">Whether it becomes of what lies between instead.</param>
internal sealed class LiteralSplitter(string literal, SplitBehavior behavior, bool isInverted) : ITextSplitter
{
    /// <inheritdoc/>
    public string Description => $"literal({literal},{behavior},{isInverted})";

    /// <inheritdoc/>
    public void Split(TextSlice text, List<TextSlice> words, bool isContinuation)
    {
        var found = new List<(int Start, int End)>();
        var span = text.Span;
        for (int at = 0; span[at..].IndexOf(literal, StringComparison.Ordinal) is >= 0 and int offset; at += offset + literal.Length)
        {
            found.Add((at + offset, at + offset + literal.Length));
        }

        TextCutter.Cut(text, found, behavior, isInverted, words);
    }
}
