using System.Globalization;
using System.Text.RegularExpressions;

namespace FuseSharp.Evaluation.Scores;

/// <summary>Reads a number as people and LaTeX write it: signs, thousands commas, fractions, powers, roots, π and products of them.</summary>
internal sealed partial class NumberExpression
{
    private const int Deepest = 20;

    private readonly string _text;
    private int _at;
    private int _depth;

    private NumberExpression(string text)
    {
        _text = text;
    }

    /// <summary>The first number of a text behind its last equals sign; null where there is none.</summary>
    public static double? Read(string text)
    {
        text = Spaces().Replace(Minus().Replace(text, "-"), "");
        text = Commas().Replace(Letters().Replace(text, " "), "");
        int equals = text.LastIndexOfAny(['=', '≈']);
        var expression = new NumberExpression(text[(equals + 1)..]);
        while (expression._at < expression._text.Length)
        {
            int start = expression._at;
            if (expression.Value() is { } value)
            {
                return value;
            }

            // A digit below a name, as in T_2, is no number.
            expression._at = Math.Max(start, expression._at) + 1;
            while (expression._at < expression._text.Length && Inside(expression._text, expression._at))
            {
                expression._at++;
            }
        }

        return null;
    }

    private static bool Inside(string text, int at) => char.IsAsciiLetterOrDigit(text[at]) && (char.IsAsciiLetter(text[at - 1]) || text[at - 1] == '_') && text[at - 1] != '\\';

    private double? Value()
    {
        if (++_depth > Deepest)
        {
            _depth--;
            return null;
        }

        int start = _at;
        SkipSpaces();
        double sign = Accept("-") ? -1 : Accept("+") ? 1 : 1;
        SkipSpaces();
        double? value = Product();
        _at = value is null ? start : _at;
        _depth--;
        return sign * value;
    }

    private double? Product()
    {
        int begin = _at;
        if (Power() is not { } value)
        {
            return null;
        }

        bool isWhole = _text[begin.._at].All(char.IsAsciiDigit);
        while (true)
        {
            int start = _at;
            SkipSpaces();
            bool isFraction = FractionSign().IsMatch(_text, _at);
            if (Times().Match(_text, _at) is { Success: true } times)
            {
                _at += times.Length;
                SkipSpaces();
                if (Signed() is { } factor)
                {
                    value *= factor;
                    continue;
                }
            }
            else if (Accept("/"))
            {
                SkipSpaces();
                if (Power() is { } divisor)
                {
                    value /= divisor;
                    continue;
                }
            }
            else if (isFraction && isWhole && Power() is { } part)
            {
                value += part; // 2\frac{1}{2}
                continue;
            }
            else if ((isFraction || FactorSign().IsMatch(_text, _at)) && Power() is { } next)
            {
                value *= next; // 3\pi
                continue;
            }

            _at = start;
            return value;
        }
    }

    private double? Signed() => Accept("-") ? -Power() : Power();

    private double? Power()
    {
        if (Atom() is not { } value)
        {
            return null;
        }

        int start = _at;
        SkipSpaces();
        if (Accept("^"))
        {
            SkipSpaces();
            double? exponent = _at < _text.Length && _text[_at] == '{' ? Braced('{', '}') : Accept("-") ? -Atom() : Atom();
            if (exponent is { } power)
            {
                return Math.Pow(value, power);
            }
        }

        _at = start;
        return value;
    }

    private double? Atom()
    {
        int start = _at;
        if (Number().Match(_text, _at) is { Success: true } number)
        {
            _at += number.Length;
            return double.Parse(number.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        if (FractionSign().Match(_text, _at) is { Success: true } fraction)
        {
            _at += fraction.Length;
            if (Operand() is { } above && Operand() is { } below)
            {
                return above / below;
            }
        }
        else if (Accept("\\sqrt"))
        {
            double? degree = _at < _text.Length && _text[_at] == '[' ? Braced('[', ']') : 2;
            if (degree is { } root && Operand() is { } under)
            {
                return Math.Pow(under, 1 / root);
            }
        }
        else if (Accept("\\pi") || Accept("π"))
        {
            return Math.PI;
        }
        else if (_at < _text.Length && _text[_at] is '(' or '{' && Braced(_text[_at], _text[_at] == '(' ? ')' : '}') is { } inner)
        {
            return inner;
        }

        _at = start;
        return null;
    }

    // \frac12 is \frac{1}{2}
    private double? Operand()
    {
        SkipSpaces();
        if (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
        {
            return _text[_at++] - '0';
        }

        return _at < _text.Length && _text[_at] == '{' ? Braced('{', '}') : null;
    }

    private double? Braced(char open, char close)
    {
        int start = _at;
        if (Accept(open.ToString()) && Value() is { } value)
        {
            SkipSpaces();
            if (Accept(close.ToString()))
            {
                return value;
            }
        }

        _at = start;
        return null;
    }

    private bool Accept(string sign)
    {
        bool isThere = string.CompareOrdinal(_text, _at, sign, 0, sign.Length) == 0;
        _at += isThere ? sign.Length : 0;
        return isThere;
    }

    private void SkipSpaces()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r' or '$' or '~')
        {
            _at++;
        }
    }

    [GeneratedRegex(@"[−–—‐‑]")]
    private static partial Regex Minus();

    [GeneratedRegex(@"\\[,;:! ]|\\left|\\right|\\displaystyle|\{,\}(?=\d{3})")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\\(?:text|mathrm|mathbf|rm|textbf|operatorname)\s*\{[^{}]*\}")]
    private static partial Regex Letters();

    [GeneratedRegex(@"(?<=\d),(?=\d{3}(?!\d))")]
    private static partial Regex Commas();

    [GeneratedRegex(@"\G(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3}(?!\d))?", RegexOptions.ECMAScript)]
    private static partial Regex Number();

    [GeneratedRegex(@"\G\\[dt]?frac")]
    private static partial Regex FractionSign();

    [GeneratedRegex(@"\G(?:\\pi|π|\\sqrt)")]
    private static partial Regex FactorSign();

    [GeneratedRegex(@"\G(?:\\times|\\cdot|×|·|\*|x(?=\s*\d))")]
    private static partial Regex Times();
}
