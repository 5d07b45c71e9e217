using System.Text;

namespace FuseSharp.Tokenizers.Decoding;

/// <summary>Decodes as Hugging Face's slow <c>LlamaTokenizer</c> around SentencePiece does.</summary>
/// <param name="stripsPrefix">Whether the tokenizer itself takes a <c>▁</c> from the first token (<c>add_prefix_space</c>).</param>
/// <param name="stripsDummy">Whether SentencePiece takes one more (its dummy prefix; only "legacy" tokenizers leave it on).</param>
/// <param name="stripsAll">Whether SentencePiece takes all from the start (a model that removes extra white space).</param>
/// <param name="apart">Added tokens that are not special: they are joined to the rest by spaces.</param>
internal sealed class SentencePieceDecoder(bool stripsPrefix, bool stripsDummy, bool stripsAll, IReadOnlySet<string> apart) : ITokenDecoder
{
    /// <inheritdoc/>
    public string Decode(string[] tokens)
    {
        var parts = new List<string>();
        int start = 0;
        for (int i = 0; i <= tokens.Length; i++)
        {
            if (i < tokens.Length && !apart.Contains(tokens[i]))
            {
                continue;
            }

            string run = DecodeRun(tokens.AsSpan(start, i - start));
            if (run.Length > 0)
            {
                parts.Add(run);
            }

            if (i < tokens.Length)
            {
                parts.Add(tokens[i]);
            }

            start = i + 1;
        }

        return string.Join(' ', parts);
    }

    private string DecodeRun(Span<string> tokens)
    {
        if (tokens.Length > 0 && stripsPrefix && tokens[0].StartsWith('▁'))
        {
            tokens[0] = tokens[0][1..];
        }

        var text = new StringBuilder();
        var bytes = new List<byte>();
        bool isAtStart = stripsDummy || stripsAll;
        foreach (string token in tokens)
        {
            if (TokenBytes.ByteOf(token) is >= 0 and int value)
            {
                bytes.Add((byte)value);
                continue;
            }

            ByteRuns.AppendStepwise(bytes, text);
            isAtStart &= text.Length == 0;
            bool strips = isAtStart && token.StartsWith('▁');
            text.Append(strips ? token.AsSpan(1) : token);
            isAtStart &= !strips || stripsAll;
        }

        ByteRuns.AppendStepwise(bytes, text);
        return text.Replace('▁', ' ').ToString();
    }
}
