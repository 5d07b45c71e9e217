using System.Text;
using FuseSharp.Core.Tokenizers;

namespace FuseSharp.Core.Split;

/// <summary>Cuts a document into pieces that fit the context of every model.</summary>
/// <remarks>
/// Differs from FuseLLM, which decodes runs of ids and so loses bytes inside multi-byte characters and SentencePiece's leading spaces:
/// here the pieces together are the document, byte for byte (docs/decisions/0005-splitting.md).
/// </remarks>
/// <param name="tokenizers">The target's first; ties for the largest count go to the first.</param>
/// <param name="threshold">Largest number of tokens of a piece in any tokenizer, ≥ 4.</param>
public sealed class BlockSplitter(IReadOnlyList<ITokenizer> tokenizers, int threshold)
{
    /// <summary>What the reference keeps free of a block: threshold = block size − 48.</summary>
    public const int Reserve = 48;

    /// <summary>The pieces of a document, in order; the document itself where it fits.</summary>
    /// <param name="text">Not empty.</param>
    public IEnumerable<string> Split(string text)
    {
        var longest = tokenizers.Select(t => t.Encode(text)).MaxBy(t => t.Count)!; // MaxBy keeps the first among equals
        if (longest.Count <= threshold)
        {
            return [text];
        }

        return Cut(text, longest).SelectMany(Split); // a piece alone may need more tokens than it had in the whole
    }

    private List<string> Cut(string text, TokenizedText tokens)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var pieces = new List<string>();
        int start = 0;
        for (int first = 0; first < tokens.Count;)
        {
            int last = LastOnBoundary(bytes, tokens, first, Math.Min(first + threshold, tokens.Count) - 1, start);
            int endExclusive = last < 0 ? NextCharacter(bytes, start) : tokens.EndsExclusive[last];
            pieces.Add(Encoding.UTF8.GetString(bytes, start, endExclusive - start));
            start = endExclusive;
            while (first < tokens.Count && tokens.EndsExclusive[first] <= endExclusive)
            {
                first++;
            }
        }

        return pieces.Count > 1 ? pieces : Halves(text);
    }

    // The last token, no later than the limit, behind which a character ends; −1 where there is none.
    private static int LastOnBoundary(byte[] bytes, TokenizedText tokens, int first, int last, int start)
    {
        for (; last >= first; last--)
        {
            int end = tokens.EndsExclusive[last];
            if (end > start && (end == bytes.Length || (bytes[end] & 0xC0) != 0x80))
            {
                return last;
            }
        }

        return -1;
    }

    private static int NextCharacter(byte[] bytes, int start)
    {
        int end = start + 1;
        while (end < bytes.Length && (bytes[end] & 0xC0) == 0x80)
        {
            end++;
        }

        return end;
    }

    // A text of one token too many at a boundary that does not help: any smaller piece will do.
    private static List<string> Halves(string text)
    {
        int middle = text.Length / 2;
        middle -= char.IsLowSurrogate(text[middle]) ? 1 : 0;
        return middle > 0 ? [text[..middle], text[middle..]] : [text];
    }
}
