namespace FuseSharp.Tokenizers.Patterns;

/// <summary>A regular expression of <c>tokenizer.json</c>, ready to be looked for. Immutable.</summary>
internal sealed class TextPattern
{
    private readonly PatternStep[] _steps;
    private readonly int _marks;
    private readonly CodePointSet? _first;

    private TextPattern(string source, PatternNode node)
    {
        Source = source;
        _steps = PatternCompiler.Compile(node, out _marks);
        _first = node.First;
    }

    /// <summary>As it is written.</summary>
    public string Source { get; }

    /// <summary>Reads a pattern in Oniguruma's syntax.</summary>
    /// <exception cref="PatternException">It is not one, or has what is not supported.</exception>
    public static TextPattern Parse(string pattern) => new(pattern, PatternParser.Parse(pattern));

    /// <summary>All matches, one behind the other, as the iterator of Hugging Face's binding finds them.</summary>
    /// <param name="text">UTF-16; half a pair stands for a byte that forms no character.</param>
    /// <param name="matches">Receives where each starts and ends; an empty one is not found where the one before ended.</param>
    public void FindAll(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        int start = NextStart(text, 0);
        if (start < 0)
        {
            return;
        }

        using var run = new PatternRun(_steps, _marks, text);
        int lastEnd = -1;
        for (int from = start; from <= text.Length;)
        {
            start = NextStart(text, from);
            if (start < 0)
            {
                return;
            }

            if (!run.TryMatch(start, out int end) || (end == start && end == lastEnd))
            {
                from = start + WidthAt(text, start);
                continue;
            }

            matches.Add((start, end));
            lastEnd = end;
            from = end;
        }
    }

    private int NextStart(ReadOnlySpan<char> text, int from)
    {
        if (_first is null)
        {
            return from;
        }

        for (int at = from; at < text.Length; at += WidthAt(text, at))
        {
            if (_first.Contains(WidthAt(text, at) == 2 ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at]))
            {
                return at;
            }
        }

        return -1;
    }

    private static int WidthAt(ReadOnlySpan<char> text, int at)
        => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
}
