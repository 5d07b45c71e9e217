using System.Globalization;

namespace FuseSharp.Core.Chat.Templates;

/// <summary>Reads expressions, by Jinja's order of operators.</summary>
/// <param name="tokens">The template's, ended by one of kind <see cref="TemplateTokenKind.End"/>.</param>
internal class ExpressionParser(IReadOnlyList<TemplateToken> tokens) : TemplateTokenReader(tokens)
{
    /// <summary>Reads a whole expression.</summary>
    public Expression ParseExpression() => Nested(ParseChoice);

    /// <summary>Reads an expression without a choice at its end: what a loop runs over, where <c>if</c> means something else.</summary>
    protected Expression ParseOr() => Chain(ParseAnd, "or");

    private Expression ParseChoice()
    {
        var value = ParseOr();
        while (Accept("if"))
        {
            var condition = ParseOr();
            value = new ChoiceExpression(condition, value, Accept("else") ? ParseExpression() : null);
        }

        return value;
    }

    private Expression ParseAnd() => Chain(ParseNot, "and");

    private Expression ParseNot() => Accept("not") ? new NotExpression(Nested(ParseNot)) : ParseComparison();

    private Expression ParseComparison()
    {
        var left = ParseSum();
        Expression? whole = null;
        while (true)
        {
            string? sign = Array.Find(["==", "!=", "<=", ">=", "<", ">", "in", "not"], Sees);
            if (sign is null)
            {
                return whole ?? left;
            }

            int line = Take().Line;
            if (sign == "not")
            {
                Expect("in");
                sign = "not in";
            }

            var right = ParseSum();
            var comparison = new OperatorExpression(line, sign, left, right);
            whole = whole is null ? comparison : new OperatorExpression(line, "and", whole, comparison);
            left = right;
        }
    }

    private Expression ParseSum() => Chain(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation() => Chain(ParseProduct, "~");

    private Expression ParseProduct() => Chain(ParseUnary, "*", "/", "//", "%");

    private Expression Chain(Func<Expression> operand, params string[] signs)
    {
        var left = operand();
        while (Array.Find(signs, Sees) is { } sign)
        {
            int line = Take().Line;
            left = new OperatorExpression(line, sign, left, operand());
        }

        return left;
    }

    private Expression ParseUnary()
    {
        int line = Current.Line;
        var value = Accept("-") ? new OperatorExpression(line, "-", new ConstantExpression(0L), Nested(ParseUnary))
            : Accept("+") ? Nested(ParseUnary)
            : ParsePostfix(ParsePrimary());
        while (true)
        {
            line = Current.Line;
            if (Accept("|"))
            {
                string name = TakeName();
                value = new FilterExpression(line, name, value, Sees("(") ? ParseArguments() : CallArguments.None);
            }
            else if (Accept("is"))
            {
                bool isNegated = Accept("not");
                value = ParseTest(line, value);
                value = isNegated ? new NotExpression(value) : value;
            }
            else
            {
                return value;
            }
        }
    }

    private TestExpression ParseTest(int line, Expression value)
    {
        string name = TakeName();
        bool hasBareArgument = Current.Kind is TemplateTokenKind.Quoted or TemplateTokenKind.Number
            || (Current.Kind == TemplateTokenKind.Name && !Array.Exists(["and", "or", "not", "else", "if", "is", "in"], Sees));
        var arguments = Sees("(") ? ParseArguments()
            : hasBareArgument ? new CallArguments([ParsePostfix(ParsePrimary())], [])
            : CallArguments.None;
        return new TestExpression(line, name, value, arguments);
    }

    private Expression ParsePrimary()
    {
        var token = Take();
        switch (token.Kind)
        {
            case TemplateTokenKind.Quoted:
                string text = token.Value;
                while (Current.Kind == TemplateTokenKind.Quoted)
                {
                    text += Take().Value; // texts side by side are one
                }

                return new ConstantExpression(text);
            case TemplateTokenKind.Number:
                return new ConstantExpression(
                    long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long whole) ? (object)whole
                    : double.TryParse(token.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double real) ? real
                    : throw new TemplateException(token.Line, $"has '{token.Value}', which is no number"));
            case TemplateTokenKind.Name:
                return token.Value switch
                {
                    "true" or "True" => new ConstantExpression(true),
                    "false" or "False" => new ConstantExpression(false),
                    "none" or "None" => new ConstantExpression(null),
                    _ => new NameExpression(token.Value),
                };
            case TemplateTokenKind.Symbol when token.Value == "(":
                return Nested(ParseParenthesis);
            case TemplateTokenKind.Symbol when token.Value == "[":
                return new ListExpression(Nested(() => ParseList("]")));
            case TemplateTokenKind.Symbol when token.Value == "{":
                return Nested(ParseMapping);
            default:
                throw new TemplateException(token.Line, $"has '{token.Value}' where a value was expected");
        }
    }

    private Expression ParseParenthesis()
    {
        var items = ParseList(")", out bool isTuple);
        return items.Count == 1 && !isTuple ? items[0] : new ListExpression(items);
    }

    private List<Expression> ParseList(string end) => ParseList(end, out _);

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

    private MappingExpression ParseMapping()
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

        return new MappingExpression(entries);
    }

    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            int line = Current.Line;
            if (Accept("."))
            {
                value = new MemberExpression(line, value, new ConstantExpression(Current.Kind == TemplateTokenKind.Number ? Take().Value : TakeName()));
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
            return new MemberExpression(line, value, first ?? throw Unexpected("an index"));
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
        while (!Accept(")"))
        {
            if (Current.Kind == TemplateTokenKind.Name && Following is { Kind: TemplateTokenKind.Symbol, Value: "=" })
            {
                string name = TakeName();
                Expect("=");
                named.Add((name, ParseExpression()));
            }
            else
            {
                values.Add(ParseExpression());
            }

            if (!Sees(")"))
            {
                Expect(",");
            }
        }

        return new CallArguments(values, named);
    }
}
