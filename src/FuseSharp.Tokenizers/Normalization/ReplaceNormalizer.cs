namespace FuseSharp.Tokenizers.Normalization;

/// <summary>Writes one string for every occurrence of another.</summary>
internal sealed class ReplaceNormalizer(string pattern, string content) : ITextNormalizer
{
    /// <inheritdoc/>
    public string Description => $"replace({pattern},{content})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
    {
        int found = text.Span.IndexOf(pattern, StringComparison.Ordinal);
        if (found < 0)
        {
            return text;
        }

        if (pattern.Length == 1 && content.Length == 1)
        {
            // The usual case, a space for its marker: the characters' places stay as they are.
            string changed = string.Create(text.Length, (text, pattern, content), static (target, state) =>
                state.text.Span.Replace(target, state.pattern[0], state.content[0]));
            return AlignedText.FromParts(changed, text.Source.Starts[text.Start..(text.EndExclusive + 1)]).All;
        }

        var builder = new AlignedTextBuilder(text.Length);
        int[] starts = text.Source.Starts;
        int done = text.Start;
        while (found >= 0)
        {
            builder.Append(text.Cut(done, done + found));
            builder.Append(content, starts[done + found]);
            done += found + pattern.Length;
            found = text.Cut(done, text.EndExclusive).Span.IndexOf(pattern, StringComparison.Ordinal);
        }

        builder.Append(text.Cut(done, text.EndExclusive));
        return builder.Build(starts[text.EndExclusive]);
    }
}
