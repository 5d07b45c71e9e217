using FuseSharp.Tokenizers.Patterns;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>"Replace" of a regular expression: writes one string for every match.</summary>
internal sealed class PatternReplaceNormalizer(TextPattern pattern, string content) : ITextNormalizer
{
    /// <inheritdoc/>
    public string Description => $"replace-pattern({pattern.Source},{content})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
    {
        var found = new List<(int Start, int End)>();
        pattern.FindAll(text.Span, found);
        if (found.Count == 0)
        {
            return text;
        }

        var builder = new AlignedTextBuilder(text.Length);
        int[] starts = text.Source.Starts;
        int done = text.Start;
        foreach (var (start, end) in found)
        {
            builder.Append(text.Cut(done, text.Start + start));
            builder.Append(content, starts[text.Start + start]);
            done = text.Start + end;
        }

        builder.Append(text.Cut(done, text.EndExclusive));
        return builder.Build(starts[text.EndExclusive]);
    }
}
