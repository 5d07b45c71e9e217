namespace FuseSharp.Tokenizers.Decoding;

/// <summary>The steps of which <c>tokenizer.json</c> composes a decoder.</summary>
internal static class DecoderSteps
{
    /// <summary>"Replace": one string for another in every token.</summary>
    public static Func<List<string>, List<string>> Replace(string pattern, string content)
        => tokens => tokens.ConvertAll(t => t.Replace(pattern, content, StringComparison.Ordinal));

    /// <summary>"Fuse": all tokens become one.</summary>
    public static List<string> Fuse(List<string> tokens) => [string.Concat(tokens)];

    /// <summary>"ByteLevel": all tokens become the text they write.</summary>
    public static List<string> ByteLevel(List<string> tokens) => [new ByteLevelDecoder().Decode([.. tokens])];

    /// <summary>"Strip": takes up to so many of a character from both ends of every token.</summary>
    public static Func<List<string>, List<string>> Strip(char content, int start, int stop) => tokens => tokens.ConvertAll(token =>
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
    });

    /// <summary>"Metaspace": markers become spaces, those of the first token nothing where one was put before the text.</summary>
    public static Func<List<string>, List<string>> Metaspace(char marker, bool isPrefixed) => tokens =>
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            tokens[i] = tokens[i].Replace(marker.ToString(), i == 0 && isPrefixed ? "" : " ", StringComparison.Ordinal);
        }

        return tokens;
    };

    /// <summary>"ByteFallback": byte tokens in a row become characters.</summary>
    public static List<string> ByteFallback(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (TokenBytes.ByteOf(token) is >= 0 and int value)
            {
                bytes.Add((byte)value);
                continue;
            }

            Flush();
            result.Add(token);
        }

        Flush();
        return result;

        void Flush()
        {
            if (bytes.Count > 0)
            {
                result.Add(ByteRuns.DecodeWhole(bytes));
                bytes.Clear();
            }
        }
    }
}
