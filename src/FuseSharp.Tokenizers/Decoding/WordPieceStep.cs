namespace FuseSharp.Tokenizers.Decoding;

/// <summary>"WordPiece": tokens that continue a word join the one before, the others stand behind a space.</summary>
/// <param name="prefix">What tokens that continue a word begin with, <c>##</c>.</param>
/// <param name="cleansUp">Whether spaces before English punctuation go.</param>
internal sealed class WordPieceStep(string prefix, bool cleansUp) : IDecoderStep
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            if (i > 0)
            {
                tokens[i] = tokens[i].StartsWith(prefix, StringComparison.Ordinal) ? tokens[i][prefix.Length..] : " " + tokens[i];
            }

            tokens[i] = cleansUp ? EnglishSpaces.Clean(tokens[i]) : tokens[i];
        }

        return tokens;
    }
}
