using FuseSharp.Tokenizers.Patterns;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads "pattern", a string or a regular expression.</summary>
internal static class PatternReader
{
    private const int LongestPattern = 20_000;

    /// <summary>The string that is looked for, or null where it is a regular expression.</summary>
    public static string? Literal(JsonPart part)
        => part.Field("pattern").Find("String") is not { } text ? null : text.Text() is { Length: > 0 } literal ? literal : throw text.Error("a string that is not empty");

    /// <summary>The regular expression as it is written.</summary>
    public static string Source(JsonPart part) => part.Field("pattern").Field("Regex").Text();

    /// <summary>The regular expression.</summary>
    /// <exception cref="Errors.ModelException">It is none, or has what is not supported.</exception>
    public static TextPattern Regex(JsonPart part)
    {
        var regex = part.Field("pattern").Field("Regex");
        string text = regex.Text();
        try
        {
            return text.Length <= LongestPattern ? TextPattern.Parse(text) : throw new PatternException($"of more than {LongestPattern} characters");
        }
        catch (PatternException fault)
        {
            throw regex.Unsupported($"a pattern {fault.Message}");
        }
    }
}
