namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Reads expressions, by Jinja's order of operators.</summary>
/// <param name="tokens">The template's, ended by one of kind <see cref="TemplateTokenKind.End"/>.</param>
internal class ExpressionParser(IReadOnlyList<TemplateToken> tokens) : PrimaryParser(tokens)
{
    /// <inheritdoc/>
    public override Expression ParseExpression() => Nested(ParseChoice);

    /// <summary>Reads an expression without a choice at its end: what a loop runs over, where <c>if</c> means something else.</summary>
    protected Expression ParseOr() => Chain(ParseAnd, "or");

    private Expression ParseChoice()
    {
        var value = ParseOr();
        for (int line = Current.Line; Accept("if"); line = Current.Line)
        {
            var condition = ParseOr();
            value = new ChoiceExpression(line, condition, value, Accept("else") ? ParseExpression() : null);
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

    private Expression ParseProduct() => Chain(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => Chain(() => ParseUnary(withFilters: true), "**");

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

    // Jinja's order: filters behind a sign work on what the sign made.
    private Expression ParseUnary(bool withFilters)
    {
        int line = Current.Line;
        var value = Accept("-") ? new NegativeExpression(line, Nested(() => ParseUnary(withFilters: false)))
            : Accept("+") ? Nested(() => ParseUnary(withFilters: false))
            : ParsePrimary();
        value = ParsePostfix(value);
        while (withFilters)
        {
            line = Current.Line;
            if (Sees("|"))
            {
                value = ParseFilter()(value);
            }
            else if (Accept("is"))
            {
                bool isNegated = Accept("not");
                value = ParseTest(line, value);
                value = isNegated ? new NotExpression(value) : value;
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

        return value;
    }

    /// <summary>Reads one filter, its <c>|</c> included.</summary>
    protected Func<Expression, Expression> ParseFilter()
    {
        int line = Current.Line;
        Expect("|");
        return ParseFilterName(line);
    }

    /// <summary>Reads one filter without the sign before it.</summary>
    protected Func<Expression, Expression> ParseFilterName(int line)
    {
        string name = TakeName();
        var arguments = Sees("(") ? ParseArguments() : CallArguments.None;
        return value => new FilterExpression(line, name, value, arguments);
    }

    private TestExpression ParseTest(int line, Expression value)
    {
        string name = TakeName();
        bool hasBareArgument = Current.Kind is TemplateTokenKind.Quoted or TemplateTokenKind.Number || Sees("[") || Sees("{")
            || (Current.Kind == TemplateTokenKind.Name && !Array.Exists(["and", "or", "not", "else", "if", "is", "in"], Sees));
        var arguments = Sees("(") ? ParseArguments()
            : hasBareArgument ? new CallArguments([ParsePostfix(ParsePrimary())], [])
            : CallArguments.None;
        return new TestExpression(line, name, value, arguments);
    }
}
