using System.Text;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Split;

/// <summary>Cuts a document into pieces that fit the context of every model.</summary>
/// <remarks>
/// Differs from FuseLLM, which decodes runs of ids and so loses bytes inside multi-byte characters and SentencePiece's leading spaces:
/// here the pieces together are the document, byte for byte. All pieces are of about one length, so that no crumb is left over, and end where a paragraph, a line
/// or a word ends (docs/decisions/0005-splitting.md).
/// </remarks>
/// <param name="tokenizers">The target's first; ties for the largest count go to the first.</param>
/// <param name="threshold">Largest number of tokens of a piece in any tokenizer, ≥ 4.</param>
public sealed class DocumentSplitter(IReadOnlyList<ITokenizer> tokenizers, int threshold)
{
    /// <summary>What the reference keeps free of a sequence: threshold = maximal length − 48.</summary>
    public const int Reserve = 48;

    // How far from its even place a cut may lie, as a share of a piece: pieces are 0.75 to 1.25 of the mean, so the shortest is 0.6 of its longest neighbour.
    private const double Leeway = 0.125;

    /// <summary>The pieces of a document, in order; the document itself where it fits.</summary>
    /// <param name="text">Not empty.</param>
    /// <returns>Pieces of between 0.75 and 1.25 of their mean length, counted in the tokens of the tokenizer that needs most for the document.</returns>
    public IReadOnlyList<string> Split(string text)
    {
        var tokens = tokenizers.Select(t => t.Encode(text)).MaxBy(t => t.Count)!; // MaxBy keeps the first among equals
        if (tokens.Count <= threshold)
        {
            return [text];
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int count = (int)Math.Ceiling(tokens.Count * (1 + (2 * Leeway)) / threshold);
        while (true)
        {
            string[] pieces = Cut(bytes, tokens, count);
            int longest = pieces.AsParallel().Max(LengthOf);
            if (longest <= threshold || count >= bytes.Length)
            {
                return pieces;
            }

            // A piece alone may need more tokens than it had in the whole, or another tokenizer more than this one at that place.
            count = Math.Min(bytes.Length, Math.Max(count + 1, (int)((long)count * longest / threshold)));
        }
    }

    private int LengthOf(string piece) => tokenizers.Max(t => t.Encode(piece).Count);

    private static string[] Cut(byte[] bytes, TokenizedText tokens, int count)
    {
        double length = (double)tokens.Count / count;
        var cuts = new List<int> { 0 };
        for (int i = 1; i < count; i++)
        {
            int EndOf(double token) => tokens.EndsExclusive[Math.Clamp((int)Math.Round(token) - 1, 0, tokens.Count - 1)];
            int cut = TextBoundary.Nearest(bytes, EndOf((i - Leeway) * length), EndOf(i * length), EndOf((i + Leeway) * length));
            if (cut > cuts[^1] && cut < bytes.Length)
            {
                cuts.Add(cut);
            }
        }

        cuts.Add(bytes.Length);
        return [.. cuts.Zip(cuts.Skip(1), (start, end) => Encoding.UTF8.GetString(bytes, start, end - start))];
    }
}
