namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Kinds of <see cref="TemplateToken"/>.</summary>
internal enum TemplateTokenKind
{
    /// <summary>Text that is written as it is.</summary>
    Text,

    /// <summary>A text in quotes, without them.</summary>
    Quoted,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>An operator or bracket, also <c>{{</c>, <c>}}</c>, <c>{%</c> and <c>%}</c>.</summary>
    Symbol,

    /// <summary>Behind the last.</summary>
    End,
}

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">Its text.</param>
/// <param name="Line">1-based.</param>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Value, int Line);
