using System.Globalization;

namespace FuseSharp.Tokenizers.Patterns;

/// <summary>Reads a regular expression in Oniguruma's own syntax, which is that of <c>tokenizer.json</c>.</summary>
/// <remarks>Differs from Perl's: <c>^</c> and <c>$</c> are of lines, <c>(?m)</c> lets the dot match newlines, <c>{1,3}+</c> repeats and is not possessive, <c>{3}?</c> is optional and not lazy,
/// <c>\h</c> is a hexadecimal digit, classes nest and intersect (<c>&amp;&amp;</c>). References to groups, subroutines, absent operators and callouts are refused.</remarks>
internal sealed class PatternParser
{
    private const int DeepestNesting = 64;
    private const int MostRepeats = 100_000; // Oniguruma's own limit

    private readonly string _pattern;
    private int _at;
    private int _depth;
    private bool _ignoresCase;
    private bool _dotTakesNewline;
    private bool _isExtended;

    private PatternParser(string pattern) => _pattern = pattern;

    /// <summary>Parses.</summary>
    /// <exception cref="PatternException">It is not a pattern, or has what is not supported.</exception>
    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var node = parser.ReadChoice();
        return parser._at == pattern.Length ? node : throw new PatternException($"with a parenthesis at {parser._at} that none opens");
    }

    private bool IsAtEnd => _at >= _pattern.Length;

    private PatternNode ReadChoice()
    {
        if (++_depth > DeepestNesting)
        {
            throw new PatternException(string.Create(CultureInfo.InvariantCulture, $"with groups more than {DeepestNesting} deep"));
        }

        var (ignoresCase, dot, extended) = (_ignoresCase, _dotTakesNewline, _isExtended);
        var branches = new List<PatternNode> { ReadSequence() };
        while (!IsAtEnd && _pattern[_at] == '|')
        {
            _at++;
            branches.Add(ReadSequence());
        }

        (_ignoresCase, _dotTakesNewline, _isExtended) = (ignoresCase, dot, extended);
        _depth--;
        return branches.Count == 1 ? branches[0] : new PatternNode.Choice(branches);
    }

    private PatternNode ReadSequence()
    {
        var parts = new List<PatternNode>();
        while (!IsAtEnd && _pattern[_at] is not ('|' or ')'))
        {
            if (_isExtended && (char.IsWhiteSpace(_pattern[_at]) || _pattern[_at] == '#'))
            {
                SkipComment();
            }
            else if (ReadAtom() is { } atom)
            {
                parts.Add(ReadQuantifiers(atom));
            }
        }

        return parts.Count == 1 ? parts[0] : new PatternNode.Sequence(parts);
    }

    private void SkipComment()
    {
        int end = _pattern[_at] == '#' ? _pattern.IndexOf('\n', _at) : _at;
        _at = end < 0 ? _pattern.Length : end + 1;
    }

    private PatternNode ReadQuantifiers(PatternNode atom)
    {
        while (!IsAtEnd)
        {
            int start = _at;
            char kind = _pattern[_at];
            if (kind is not ('*' or '+' or '?' or '{') || (kind == '{' && !IsInterval()))
            {
                return atom;
            }

            int min = 0;
            int max = int.MaxValue;
            if (kind == '{')
            {
                _at = start;
                (min, max) = ReadInterval();
            }
            else
            {
                _at++;
                (min, max) = kind switch { '*' => (0, int.MaxValue), '+' => (1, int.MaxValue), _ => (0, 1) };
            }

            bool isFixed = kind == '{' && min == max;
            bool isLazy = !isFixed && TryTake('?');
            bool isPossessive = kind != '{' && !isLazy && TryTake('+');
            atom = new PatternNode.Repeat(atom, min, max, isLazy);
            atom = isPossessive ? new PatternNode.Atomic(atom) : atom;
        }

        return atom;
    }

    // A brace that is no interval stands for itself.
    private bool IsInterval()
    {
        int end = _pattern.IndexOf('}', _at);
        string inside = end < 0 ? "" : _pattern[(_at + 1)..end];
        string[] numbers = inside.Split(',');
        return numbers.Length <= 2 && inside is not ("" or ",") && numbers.All(n => n.All(char.IsAsciiDigit));
    }

    private (int Min, int Max) ReadInterval()
    {
        int end = _pattern.IndexOf('}', _at);
        string[] numbers = _pattern[(_at + 1)..end].Split(',');
        _at = end + 1;
        int min = numbers[0].Length == 0 ? 0 : Number(numbers[0]);
        int max = numbers.Length == 1 ? min : numbers[1].Length == 0 ? int.MaxValue : Number(numbers[1]);
        return min <= max ? (min, max) : (max, min);

        static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= MostRepeats ? value
            : throw new PatternException(string.Create(CultureInfo.InvariantCulture, $"that repeats something more than {MostRepeats} times"));
    }

    private PatternNode? ReadAtom()
    {
        char c = _pattern[_at];
        switch (c)
        {
            case '(':
                return ReadGroup();
            case '[':
                return SetOf(new PatternClassParser(_pattern, _at, _ignoresCase).Read(out _at));
            case '.':
                _at++;
                return new PatternNode.Set(_dotTakesNewline ? CodePointSet.All : CodePointSet.FromRanges([('\n', '\n')]).Complement());
            case '^':
                _at++;
                return new PatternNode.Assertion(PatternPlace.LineStart);
            case '$':
                _at++;
                return new PatternNode.Assertion(PatternPlace.LineEnd);
            case '*' or '+' or '?':
                throw new PatternException(string.Create(CultureInfo.InvariantCulture, $"with a '{c}' at {_at} that repeats nothing"));
            case '\\' when PlaceAt() is { } place:
                _at += 2;
                return new PatternNode.Assertion(place);
            case '\\' when _pattern[_at..].StartsWith(@"\R", StringComparison.Ordinal):
                _at += 2;
                return LineBreak();
            case '\\' when _at + 1 < _pattern.Length && (_pattern[_at + 1] is (>= '1' and <= '9') or 'k' or 'g' or 'G' or 'K' or 'X' or 'y' or 'Y'):
                throw new PatternException($"with '{_pattern.AsSpan(_at, 2)}', which is not supported here");
            case '\\':
                return SetOf(PatternEscapes.Read(_pattern, ref _at));
            default:
                int code = PatternEscapes.CodePointAt(_pattern, ref _at);
                return SetOf(CodePointSet.FromRanges([(code, code)]));
        }
    }

    private PatternNode.Set SetOf(CodePointSet set) => new(_ignoresCase ? CaseFolding.Close(set) : set);

    private static PatternNode.Atomic LineBreak()
    {
        var carriage = new PatternNode.Sequence([new PatternNode.Set(CodePointSet.FromRanges([('\r', '\r')])), new PatternNode.Set(CodePointSet.FromRanges([('\n', '\n')]))]);
        return new(new PatternNode.Choice([carriage, new PatternNode.Set(CodePointSet.FromRanges([(0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029)]))]));
    }

    private PatternPlace? PlaceAt() => _at + 1 >= _pattern.Length ? null : _pattern[_at + 1] switch
    {
        'A' => PatternPlace.TextStart,
        'z' => PatternPlace.TextEnd,
        'Z' => PatternPlace.LastLineEnd,
        'b' => PatternPlace.WordBorder,
        'B' => PatternPlace.NoWordBorder,
        _ => null,
    };

    private PatternNode? ReadGroup()
    {
        _at++;
        if (!TryTake('?'))
        {
            return TryTake('*') ? throw new PatternException("with a callout (*…), which is not supported here") : Close(ReadChoice());
        }

        if (TryTake('#'))
        {
            int end = _pattern.IndexOf(')', _at);
            _at = end < 0 ? throw Unclosed() : end + 1;
            return null;
        }

        if (TryTake("<=") is var isBehind && (isBehind || TryTake("<!")))
        {
            return Behind(Close(ReadChoice()), isNegative: !isBehind);
        }

        return TryTake(':') ? Close(ReadChoice())
            : TryTake('=') ? new PatternNode.Look(Close(ReadChoice()), IsNegative: false)
            : TryTake('!') ? new PatternNode.Look(Close(ReadChoice()), IsNegative: true)
            : TryTake('>') ? new PatternNode.Atomic(Close(ReadChoice()))
            : TryTake('<') || TryTake('\'') ? ReadNamed()
            : ReadOptions();
    }

    private PatternNode ReadNamed()
    {
        char end = _pattern[_at - 1] == '<' ? '>' : '\'';
        int close = _pattern.IndexOf(end, _at);
        _at = close < 0 ? throw Unclosed() : close + 1;
        return Close(ReadChoice());
    }

    // (?i), (?i-m:…): for the group, or for what is left of the one around it.
    private PatternNode? ReadOptions()
    {
        var (ignoresCase, dot, extended) = (_ignoresCase, _dotTakesNewline, _isExtended);
        for (bool isOn = true; !IsAtEnd;)
        {
            char option = _pattern[_at++];
            switch (option)
            {
                case '-':
                    isOn = false;
                    break;
                case 'i':
                    _ignoresCase = isOn;
                    break;
                case 'm':
                    _dotTakesNewline = isOn;
                    break;
                case 'x':
                    _isExtended = isOn;
                    break;
                case ':':
                    var body = Close(ReadChoice());
                    (_ignoresCase, _dotTakesNewline, _isExtended) = (ignoresCase, dot, extended);
                    return body;
                case ')':
                    // Oniguruma lets it hold to the end of the group, branches behind it included.
                    return ReadRest();
                default:
                    throw new PatternException($"with a group '(?{option}', which is not supported here");
            }
        }

        throw Unclosed();
    }

    private PatternNode ReadRest()
    {
        var branches = new List<PatternNode> { ReadSequence() };
        while (!IsAtEnd && _pattern[_at] == '|')
        {
            _at++;
            branches.Add(ReadSequence());
        }

        return branches.Count == 1 ? branches[0] : new PatternNode.Choice(branches);
    }

    private static PatternNode.Look Behind(PatternNode body, bool isNegative)
    {
        var branches = body is PatternNode.Choice choice ? choice.Branches : [body];
        return new(new PatternNode.Choice([.. branches.Select(Back)]), isNegative);

        static PatternNode Back(PatternNode branch) => branch.Width is { } width ? new PatternNode.Sequence([new PatternNode.BackStep(width), branch])
            : throw new PatternException("that looks back over a number of characters that is not fixed");
    }

    private PatternNode Close(PatternNode body) => TryTake(')') ? body : throw Unclosed();

    private bool TryTake(char c)
    {
        bool isNext = !IsAtEnd && _pattern[_at] == c;
        _at += isNext ? 1 : 0;
        return isNext;
    }

    private bool TryTake(string text)
    {
        bool isNext = string.CompareOrdinal(_pattern, _at, text, 0, text.Length) == 0;
        _at += isNext ? text.Length : 0;
        return isNext;
    }

    private static PatternException Unclosed() => new("with a group that is not closed");
}
