namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Goes through the tokens of a template.</summary>
/// <param name="tokens">Ended by one of kind <see cref="TemplateTokenKind.End"/>.</param>
internal abstract class TemplateTokenReader(IReadOnlyList<TemplateToken> tokens)
{
    // Nested deeper, a template is no template but an attack on the stack.
    private const int DeepestNesting = 100;

    private int _at;
    private int _depth;

    /// <summary>The token that is read next.</summary>
    protected TemplateToken Current => tokens[_at];

    /// <summary>The token behind it.</summary>
    protected TemplateToken Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    /// <summary>Place of the token that is read next.</summary>
    protected int At => _at;

    /// <summary>Which of some names the tokens from a place up to the next one hold.</summary>
    protected IReadOnlySet<string> NamesSince(int from, params string[] names)
        => tokens.Skip(from).Take(_at - from).Where(t => t.Kind == TemplateTokenKind.Name && names.Contains(t.Value)).Select(t => t.Value).ToHashSet(StringComparer.Ordinal);

    /// <summary>Reads one token.</summary>
    protected TemplateToken Take() => Current.Kind == TemplateTokenKind.End ? throw Unexpected("more") : tokens[_at++];

    /// <summary>Whether a symbol or keyword comes next.</summary>
    protected bool Sees(string value) => Current.Kind is TemplateTokenKind.Symbol or TemplateTokenKind.Name && Current.Value == value;

    /// <summary>Reads a symbol or keyword if it comes next.</summary>
    protected bool Accept(string value)
    {
        bool sees = Sees(value);
        _at += sees ? 1 : 0;
        return sees;
    }

    /// <summary>Reads a symbol or keyword that must come.</summary>
    protected void Expect(string value)
    {
        if (!Accept(value))
        {
            throw Unexpected($"'{value}'");
        }
    }

    /// <summary>Reads a name.</summary>
    protected string TakeName() => Current.Kind == TemplateTokenKind.Name ? Take().Value : throw Unexpected("a name");

    /// <summary>A fault at the current token.</summary>
    protected TemplateException Unexpected(string expected) => new(Current.Line, $"has '{Current.Value}' where {expected} was expected");

    /// <summary>Guards against deep nesting.</summary>
    protected T Nested<T>(Func<T> read)
    {
        if (++_depth > DeepestNesting)
        {
            throw new TemplateException(Current.Line, "is nested too deeply");
        }

        var result = read();
        _depth--;
        return result;
    }
}
