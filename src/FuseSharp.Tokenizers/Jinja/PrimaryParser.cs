using System.Globalization;
using System.Text;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Reads what stands between operators: constants, names, brackets, members and calls.</summary>
/// <param name="tokens">The template's, ended by one of kind <see cref="TemplateTokenKind.End"/>.</param>
internal abstract class PrimaryParser(IReadOnlyList<TemplateToken> tokens) : TemplateTokenReader(tokens)
{
    /// <summary>Reads a whole expression.</summary>
    public abstract Expression ParseExpression();

    /// <summary>Reads a value without operators.</summary>
    protected Expression ParsePrimary()
    {
        var token = Take();
        switch (token.Kind)
        {
            case TemplateTokenKind.Quoted:
                var text = new StringBuilder(token.Value);
                while (Current.Kind == TemplateTokenKind.Quoted)
                {
                    text.Append(Take().Value); // texts side by side are one
                }

                return new ConstantExpression(text.ToString());
            case TemplateTokenKind.Number:
                return new ConstantExpression(NumberOf(token));
            case TemplateTokenKind.Name:
                return token.Value switch
                {
                    "true" or "True" => new ConstantExpression(true),
                    "false" or "False" => new ConstantExpression(false),
                    "none" or "None" => new ConstantExpression(null),
                    _ => new NameExpression(token.Line, token.Value),
                };
            case TemplateTokenKind.Symbol when token.Value == "(":
                return Nested(ParseParenthesis);
            case TemplateTokenKind.Symbol when token.Value == "[":
                return new ListExpression(Nested(() => ParseList("]", out _)), IsTuple: false);
            case TemplateTokenKind.Symbol when token.Value == "{":
                return Nested(() => ParseMapping(token.Line));
            default:
                throw new TemplateException(token.Line, $"has '{token.Value}' where a value was expected");
        }
    }

    private static object NumberOf(TemplateToken token)
    {
        string digits = token.Value.Replace("_", "", StringComparison.Ordinal);
        long radix = digits.Length > 2 ? (digits[1] | 0x20) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 } : 10;
        return radix != 10 && PythonNumber.Parse(digits, radix) is { } coded ? (object)coded
            : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long whole) ? (object)whole
            : digits.AsSpan().IndexOfAny("eE.") >= 0 && double.TryParse(digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double real) ? real
            : throw new TemplateException(token.Line, $"has the number '{(digits.Length > 40 ? digits[..40] + "…" : digits)}'; whole numbers have at most 64 bits");
    }

    private Expression ParseParenthesis()
    {
        var items = ParseList(")", out bool isTuple);
        return items.Count == 1 && !isTuple ? items[0] : new ListExpression(items, IsTuple: true);
    }

    /// <summary>Reads one expression, or several with commas between, which make a tuple.</summary>
    /// <param name="parse">Reads one.</param>
    protected Expression ParseTuple(Func<Expression> parse)
    {
        var first = parse();
        if (!Sees(","))
        {
            return first;
        }

        var items = new List<Expression> { first };
        while (Accept(",") && !Sees("%}") && !Sees("}}"))
        {
            items.Add(parse());
        }

        return new ListExpression(items, IsTuple: true);
    }

    private List<Expression> ParseList(string end, out bool hasComma)
    {
        hasComma = false;
        var items = new List<Expression>();
        while (!Accept(end))
        {
            items.Add(ParseExpression());
            if (!Sees(end))
            {
                Expect(",");
                hasComma = true;
            }
        }

        return items;
    }

    private MappingExpression ParseMapping(int line)
    {
        var entries = new List<(Expression, Expression)>();
        while (!Accept("}"))
        {
            var key = ParseExpression();
            Expect(":");
            entries.Add((key, ParseExpression()));
            if (!Sees("}"))
            {
                Expect(",");
            }
        }

        return new MappingExpression(line, entries);
    }

    /// <summary>Reads members, indices and calls behind a value.</summary>
    protected Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            int line = Current.Line;
            if (Accept("."))
            {
                value = Current.Kind == TemplateTokenKind.Number
                    ? new MemberExpression(line, value, new ConstantExpression(NumberOf(Take())), IsAttribute: false)
                    : new MemberExpression(line, value, new ConstantExpression(TakeName()), IsAttribute: true);
            }
            else if (Accept("["))
            {
                value = ParseIndex(line, value);
            }
            else if (Sees("("))
            {
                value = new CallExpression(line, value, ParseArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ParseIndex(int line, Expression value)
    {
        Expression? Bound() => Sees(":") || Sees("]") ? null : ParseExpression();
        var first = Bound();
        if (!Accept(":"))
        {
            Expect("]");
            return new MemberExpression(line, value, first ?? throw Unexpected("an index"), IsAttribute: false);
        }

        var end = Bound();
        var step = Accept(":") ? Bound() : null;
        Expect("]");
        return new SliceExpression(line, value, first, end, step);
    }

    /// <summary>Reads the arguments of a call, brackets included.</summary>
    protected CallArguments ParseArguments()
    {
        Expect("(");
        var values = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? more = null;
        Expression? moreNamed = null;
        while (!Accept(")"))
        {
            if (Accept("*"))
            {
                more = more is null ? ParseExpression() : throw Unexpected("one '*'");
            }
            else if (Accept("**"))
            {
                moreNamed = moreNamed is null ? ParseExpression() : throw Unexpected("one '**'");
            }
            else if (Current.Kind == TemplateTokenKind.Name && Following is { Kind: TemplateTokenKind.Symbol, Value: "=" })
            {
                string name = TakeName();
                Expect("=");
                named.Add((name, ParseExpression()));
            }
            else
            {
                values.Add(named.Count == 0 && more is null ? ParseExpression() : throw Unexpected("a name and '='"));
            }

            if (!Sees(")"))
            {
                Expect(",");
            }
        }

        return new CallArguments(values, named, more, moreNamed);
    }
}
