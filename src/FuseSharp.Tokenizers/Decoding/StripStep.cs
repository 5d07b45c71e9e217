namespace FuseSharp.Tokenizers.Decoding;

/// <summary>"Strip": takes up to so many of a character from both ends of every token.</summary>
internal sealed class StripStep(char content, int start, int stop) : IDecoderStep
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens) => tokens.ConvertAll(Strip);

    private string Strip(string token)
    {
        int from = 0;
        while (from < start && from < token.Length && token[from] == content)
        {
            from++;
        }

        int to = token.Length;
        while (token.Length - to < stop && to > from && token[to - 1] == content)
        {
            to--;
        }

        return token[from..to];
    }
}
