namespace FuseSharp.Tokenizers.Decoding;

/// <summary>Hugging Face's clean-up of the spaces that a decoder puts before English punctuation and contractions.</summary>
internal static class EnglishSpaces
{
    private static readonly (string Found, string Written)[] _rules =
        [(" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")];

    /// <summary>The text without them.</summary>
    public static string Clean(string text)
    {
        foreach (var (found, written) in _rules)
        {
            text = text.Replace(found, written, StringComparison.Ordinal);
        }

        return text;
    }
}
