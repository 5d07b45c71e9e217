namespace FuseSharp.Evaluation.Scores;

/// <summary>The punctuation that scores drop: ASCII's.</summary>
internal static class Punctuation
{
    /// <summary>Whether a character is one of <c>!"#$%&amp;'()*+,-./:;&lt;=&gt;?@[\]^_`{|}~</c>.</summary>
    public static bool Is(char c) => char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c));
}
