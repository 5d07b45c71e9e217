namespace FuseSharp.Tokenizers.Patterns;

/// <summary>A pattern is not one of Oniguruma's, or has what is not supported; the message says what, behind "holds … , a pattern".</summary>
internal sealed class PatternException(string message) : Exception(message);
