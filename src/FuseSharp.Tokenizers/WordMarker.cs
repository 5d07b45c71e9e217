namespace FuseSharp.Tokenizers;

/// <summary>The character with which a vocabulary marks the start of a word, so that token strings of two vocabularies can be compared.</summary>
public static class WordMarker
{
    /// <summary><c>▁</c> or <c>Ġ</c>.</summary>
    public static char For(TokenizerFamily family) => family == TokenizerFamily.ByteLevel ? 'Ġ' : '▁';

    /// <summary>A source token as the target would mark it.</summary>
    public static string Replace(string token, TokenizerFamily source, TokenizerFamily target)
        => source == target ? token : token.Replace(For(source), For(target));

    /// <summary>A token without any marker.</summary>
    public static string Remove(string token, TokenizerFamily family)
        => token.Contains(For(family), StringComparison.Ordinal) ? token.Replace(For(family).ToString(), "", StringComparison.Ordinal) : token;
}
