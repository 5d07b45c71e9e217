using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>A fault of a template, or what it itself refuses with <c>raise_exception</c>; <see cref="ChatTemplate"/> says of which file.</summary>
/// <param name="line">1-based; 0 where it is not known.</param>
/// <param name="what">Behind "the template".</param>
internal sealed class TemplateException(int line, string what) : Exception(what)
{
    /// <summary>1-based; 0 where it is not known.</summary>
    public int Line => line;
}
