namespace FuseSharp.Tokenizers.Patterns;

/// <summary>Reads a class: <c>[^a-z\p{L}[:digit:]&amp;&amp;[^x]]</c>.</summary>
/// <param name="pattern">The pattern.</param>
/// <param name="start">Index of its opening bracket.</param>
/// <param name="ignoresCase">Whether case does not count; a class that excludes then excludes both cases.</param>
internal sealed class PatternClassParser(string pattern, int start, bool ignoresCase)
{
    private const int DeepestNesting = 64;

    private int _at = start;
    private int _depth;

    /// <summary>The set.</summary>
    /// <param name="end">Index behind its closing bracket.</param>
    public CodePointSet Read(out int end)
    {
        var set = ReadClass();
        end = _at;
        return set;
    }

    private CodePointSet ReadClass()
    {
        if (++_depth > DeepestNesting)
        {
            throw new PatternException("with classes too deep in each other");
        }

        _at++;
        bool isNot = Next() == '^';
        _at += isNot ? 1 : 0;
        CodePointSet? both = null;
        var current = new List<(int First, int Last)>();
        for (bool isFirst = true; ; isFirst = false)
        {
            char c = Next();
            if (c == ']' && !isFirst)
            {
                _at++;
                break;
            }

            if (c == '&' && _at + 1 < pattern.Length && pattern[_at + 1] == '&')
            {
                _at += 2;
                both = Both(both, current);
                current.Clear();
                continue;
            }

            current.AddRange(ReadItem());
        }

        _depth--;
        var set = Both(both, current);
        set = ignoresCase ? CaseFolding.Close(set) : set;
        return isNot ? set.Complement() : set;
    }

    private static CodePointSet Both(CodePointSet? before, List<(int First, int Last)> ranges)
        => CodePointSet.FromRanges(ranges) is var set && before is null ? set : before.Intersection(set);

    private IReadOnlyList<(int First, int Last)> ReadItem()
    {
        if (Next() == '[')
        {
            return (ReadPosix() ?? ReadClass()).Ranges;
        }

        int first;
        if (Next() == '\\')
        {
            if (_at + 1 < pattern.Length && pattern[_at + 1] == 'b')
            {
                _at += 2;
                first = '\b';
            }
            else
            {
                var set = PatternEscapes.Read(pattern, ref _at);
                if (set.Ranges is not [var only] || only.First != only.Last)
                {
                    return set.Ranges;
                }

                first = only.First;
            }
        }
        else
        {
            first = PatternEscapes.CodePointAt(pattern, ref _at);
        }

        if (Next() != '-' || _at + 1 >= pattern.Length || pattern[_at + 1] is ']' or '[')
        {
            return [(first, first)];
        }

        int dash = _at++;
        int last = first;
        if (Next() == '\\')
        {
            var set = PatternEscapes.Read(pattern, ref _at);
            if (set.Ranges is not [var only] || only.First != only.Last)
            {
                _at = dash; // [a-\d]: the hyphen stands for itself
                return [(first, first)];
            }

            last = only.First;
        }
        else
        {
            last = PatternEscapes.CodePointAt(pattern, ref _at);
        }

        return first <= last ? [(first, last)] : throw new PatternException("with a range of characters from the greater to the smaller");
    }

    private CodePointSet? ReadPosix()
    {
        if (string.CompareOrdinal(pattern, _at, "[:", 0, 2) != 0 || pattern.IndexOf(":]", _at + 2, StringComparison.Ordinal) is not (> 0 and var end))
        {
            return null;
        }

        string name = pattern[(_at + 2)..end];
        if (UnicodeSets.Named(name.TrimStart('^')) is not { } set)
        {
            return null;
        }

        _at = end + 2;
        return name.StartsWith('^') ? set.Complement() : set;
    }

    private char Next() => _at < pattern.Length ? pattern[_at] : throw new PatternException("with a class that is not closed");
}
