namespace FuseSharp.Core.Chat.Templates;

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
                statements.Add(new OutputStatement(ParseExpression()));
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
                return ParseSet(line);
            case "macro":
                return ParseMacro();
            case "break" or "continue":
                Expect("%}");
                return new LeaveStatement(name == "break");
            case "generation": // marks what an assistant says, for training; it writes nothing itself
                Expect("%}");
                var inner = ParseUntil("endgeneration");
                End("endgeneration");
                return new BlockStatement(inner);
            default:
                throw new TemplateException(line, $"has the tag '{name}'; known are if, for, set, macro, break, continue, raw and generation");
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
        var names = ParseNames();
        Expect("in");
        var over = Nested(ParseOr);
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
        return new ForStatement(line, names, over, filter, body, otherwise);
    }

    private List<string> ParseNames()
    {
        bool isBracketed = Accept("(");
        var names = new List<string> { TakeName() };
        while (Accept(","))
        {
            names.Add(TakeName());
        }

        if (isBracketed)
        {
            Expect(")");
        }

        return names;
    }

    private SetStatement ParseSet(int line)
    {
        var names = ParseNames();
        string? member = names.Count == 1 && Accept(".") ? TakeName() : null;
        if (Accept("="))
        {
            var value = ParseExpression();
            Expect("%}");
            return new SetStatement(line, names, member, value, []);
        }

        Expect("%}");
        var body = ParseUntil("endset");
        End("endset");
        return new SetStatement(line, names, member, null, body);
    }

    private MacroStatement ParseMacro()
    {
        string name = TakeName();
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

        Expect("%}");
        var body = ParseUntil("endmacro");
        End("endmacro");
        return new MacroStatement(name, parameters, body);
    }
}
