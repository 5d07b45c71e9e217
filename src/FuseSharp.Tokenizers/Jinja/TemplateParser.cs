namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Reads the statements of a template.</summary>
/// <param name="tokens">From <see cref="TemplateLexer"/>.</param>
internal sealed class TemplateParser(IReadOnlyList<TemplateToken> tokens) : ExpressionParser(tokens)
{
    /// <summary>Reads a template.</summary>
    /// <exception cref="TemplateException">It is no template that is understood.</exception>
    public static IReadOnlyList<Statement> Parse(string source)
    {
        var parser = new TemplateParser(new TemplateLexer(source).Read());
        var statements = parser.ParseUntil();
        return parser.Current.Kind == TemplateTokenKind.End ? statements : throw parser.Unexpected("the end");
    }

    // Statements up to one of the tags, of which "{%" and the name are read; without names up to the end.
    private List<Statement> ParseUntil(params string[] ends) => Nested(() =>
    {
        var statements = new List<Statement>();
        while (Current.Kind != TemplateTokenKind.End)
        {
            int line = Current.Line;
            if (Current.Kind == TemplateTokenKind.Text)
            {
                statements.Add(new TextStatement(Take().Value));
            }
            else if (Accept("{{"))
            {
                statements.Add(new OutputStatement(ParseTuple(ParseExpression)));
                Expect("}}");
            }
            else
            {
                Expect("{%");
                if (Array.Exists(ends, Sees))
                {
                    return statements;
                }

                statements.Add(ParseTag(line));
            }
        }

        return ends.Length == 0 ? statements : throw Unexpected($"'{string.Join("' or '", ends)}'");
    });

    private Statement ParseTag(int line)
    {
        string name = TakeName();
        switch (name)
        {
            case "if":
                return ParseIf();
            case "for":
                return ParseFor(line);
            case "set":
                return ParseSet();
            case "macro":
                return ParseMacro(line);
            case "call":
                return ParseCall(line);
            case "with":
                return ParseWith();
            case "filter":
                return ParseFilterBlock(line);
            case "break" or "continue":
                Expect("%}");
                return new LeaveStatement(name == "break");
            case "generation": // marks what an assistant says, for training; it writes nothing itself
                Expect("%}");
                var inner = ParseUntil("endgeneration");
                End("endgeneration");
                return new BlockStatement(inner);
            default:
                throw new TemplateException(line, $"has the tag '{name}'; known are if, for, set, with, macro, call, filter, break, continue, raw and generation");
        }
    }

    private void End(string name)
    {
        Expect(name);
        Expect("%}");
    }

    private IfStatement ParseIf()
    {
        var condition = ParseExpression();
        Expect("%}");
        var then = ParseUntil("elif", "else", "endif");
        if (Accept("elif"))
        {
            return new IfStatement(condition, then, [Nested(ParseIf)]);
        }

        var otherwise = new List<Statement>();
        if (Accept("else"))
        {
            Expect("%}");
            otherwise = ParseUntil("endif");
        }

        End("endif");
        return new IfStatement(condition, then, otherwise);
    }

    private ForStatement ParseFor(int line)
    {
        var target = ParseTarget();
        Expect("in");
        var over = Nested(() => ParseTuple(ParseOr));
        var filter = Accept("if") ? ParseExpression() : null;
        Expect("%}");
        var body = ParseUntil("else", "endfor");
        var otherwise = new List<Statement>();
        if (Accept("else"))
        {
            Expect("%}");
            otherwise = ParseUntil("endfor");
        }

        End("endfor");
        return new ForStatement(line, target, over, filter, body, otherwise);
    }

    private AssignmentTarget ParseTarget()
    {
        var first = ParseTargetPart();
        if (!Sees(","))
        {
            return first;
        }

        var parts = new List<AssignmentTarget> { first };
        while (Accept(",") && !Sees("in") && !Sees("=") && !Sees(")"))
        {
            parts.Add(ParseTargetPart());
        }

        return new AssignmentTarget(first.Line, "", null, parts);
    }

    private AssignmentTarget ParseTargetPart()
    {
        int line = Current.Line;
        if (Accept("("))
        {
            var inner = Nested(ParseTarget);
            Expect(")");
            return inner;
        }

        string name = TakeName();
        return new AssignmentTarget(line, name, Accept(".") ? TakeName() : null, []);
    }

    private SetStatement ParseSet()
    {
        var target = ParseTarget();
        if (Accept("="))
        {
            var value = ParseTuple(ParseExpression);
            Expect("%}");
            return new SetStatement(target, value, [], []);
        }

        var filters = ParseFilters();
        Expect("%}");
        var body = ParseUntil("endset");
        End("endset");
        return new SetStatement(target, null, filters, body);
    }

    private List<Func<Expression, Expression>> ParseFilters()
    {
        var filters = new List<Func<Expression, Expression>>();
        while (Sees("|"))
        {
            filters.Add(ParseFilter());
        }

        return filters;
    }

    private FilterStatement ParseFilterBlock(int line)
    {
        List<Func<Expression, Expression>> filters = [ParseFilterName(line), .. ParseFilters()];
        Expect("%}");
        var body = ParseUntil("endfilter");
        End("endfilter");
        return new FilterStatement(filters, body);
    }

    private WithStatement ParseWith()
    {
        var names = new List<(AssignmentTarget, Expression)>();
        while (!Accept("%}"))
        {
            if (names.Count > 0)
            {
                Expect(",");
            }

            var target = ParseTargetPart();
            Expect("=");
            names.Add((target, ParseExpression()));
        }

        var body = ParseUntil("endwith");
        End("endwith");
        return new WithStatement(names, body);
    }

    private CallStatement ParseCall(int line)
    {
        var parameters = Sees("(") ? ParseParameters() : [];
        var call = ParseExpression() as CallExpression ?? throw Unexpected("a call");
        Expect("%}");
        int start = At;
        var body = ParseUntil("endcall");
        var rest = NamesSince(start, "varargs", "kwargs");
        End("endcall");
        return new CallStatement(call, new Macro(line, "caller", parameters, body, rest));
    }

    private MacroStatement ParseMacro(int line)
    {
        string name = TakeName();
        var parameters = ParseParameters();
        Expect("%}");
        int start = At;
        var body = ParseUntil("endmacro");
        var rest = NamesSince(start, "varargs", "kwargs");
        End("endmacro");
        return new MacroStatement(new Macro(line, name, parameters, body, rest));
    }

    private List<(string Name, Expression? Default)> ParseParameters()
    {
        Expect("(");
        var parameters = new List<(string, Expression?)>();
        while (!Accept(")"))
        {
            parameters.Add((TakeName(), Accept("=") ? ParseExpression() : null));
            if (!Sees(")"))
            {
                Expect(",");
            }
        }

        return parameters;
    }
}
