using FuseSharp.Errors;
using FuseSharp.Fusion.Spelling;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Align;

/// <summary>How the tokens of two vocabularies are spelled without their word markers: what their edit distances are computed from.</summary>
/// <remarks>Immutable; built once for a pair of tokenizers and shared by all threads. Tokens of equal spelling share a number, whichever vocabulary they are of.</remarks>
internal sealed class TokenSpellings
{
    // Distances are counted in 16 bits.
    private const int LongestSpelling = 60_000;

    /// <summary>Reads both vocabularies.</summary>
    /// <exception cref="ArtifactException">A token is too long.</exception>
    public TokenSpellings(ITokenizer target, ITokenizer source)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var spellings = new List<string>();
        OfTarget = Number(target, "target", numbers, spellings);
        OfSource = Number(source, "source", numbers, spellings);
        var symbolNumbers = new SymbolNumbers();
        Spelled = new TokenSymbols(spellings, symbolNumbers);
        Symbols = symbolNumbers.Count;
        Count = spellings.Count;
    }

    /// <summary>[target vocabulary]: the number of each token's spelling.</summary>
    public int[] OfTarget { get; }

    /// <summary>[source vocabulary]: the number of each token's spelling.</summary>
    public int[] OfSource { get; }

    /// <summary>Number of different spellings.</summary>
    public int Count { get; }

    /// <summary>Number of different symbols.</summary>
    public int Symbols { get; }

    /// <summary>[spellings]: their symbols.</summary>
    public TokenSymbols Spelled { get; }

    private static int[] Number(ITokenizer tokenizer, string side, Dictionary<string, int> numbers, List<string> spellings)
    {
        int[] of = new int[tokenizer.Vocabulary.Count];
        for (int id = 0; id < of.Length; id++)
        {
            string spelling = WordMarker.Remove(tokenizer.Vocabulary[id], tokenizer.Family);
            if (spelling.Length > LongestSpelling)
            {
                throw new ArtifactException(FormattableString.Invariant(
                    $"Token {id} of the {side} has {spelling.Length:N0} characters; edit distances are computed for up to {LongestSpelling:N0}. Align with alignment boundary, which reads bytes."));
            }

            if (!numbers.TryGetValue(spelling, out of[id]))
            {
                of[id] = numbers[spelling] = spellings.Count;
                spellings.Add(spelling);
            }
        }

        return of;
    }
}
