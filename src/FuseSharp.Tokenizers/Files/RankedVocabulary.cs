using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Files;

/// <summary>A byte-level vocabulary as tiktoken and Tekken write it: tokens in the order in which they merge.</summary>
internal sealed record RankedVocabulary
{
    // Those of published vocabularies have 128 at most; all places at which a token can be cut are looked at.
    private const int LongestToken = 512;

    /// <summary>How to name the file.</summary>
    public required string Path { get; init; }

    /// <summary>The bytes of each token by its rank.</summary>
    public required IReadOnlyList<byte[]> Tokens { get; init; }

    /// <summary>The id of the first of them.</summary>
    public required int FirstId { get; init; }

    /// <summary>The pattern of words.</summary>
    public required string Pattern { get; init; }

    /// <summary>Tokens beside them: string, id, and whether decoding skips it.</summary>
    public required IReadOnlyList<(string Content, int Id, bool IsSpecial)> Added { get; init; }

    /// <summary>The token that begins every text.</summary>
    public required string Beginning { get; init; }

    /// <summary>The token that ends a text.</summary>
    public required string End { get; init; }

    /// <summary>Tokens by rank.</summary>
    /// <param name="ranked">In any order.</param>
    /// <param name="path">How to name the file.</param>
    /// <exception cref="ModelException">A rank or token is missing, there twice, or too long.</exception>
    public static IReadOnlyList<byte[]> InOrder(IReadOnlyList<(byte[] Token, int Rank)> ranked, string path)
    {
        byte[]?[] tokens = new byte[]?[ranked.Count];
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (token, rank) in ranked)
        {
            if (rank < 0 || rank >= tokens.Length || tokens[rank] is not null || token.Length is 0 or > LongestToken || !known.Add(Convert.ToBase64String(token)))
            {
                throw new ModelException(FormattableString.Invariant($"'{path}' has a token of {token.Length} bytes with rank {rank} among {tokens.Length}; expected different tokens of 1 to {LongestToken} bytes with ranks from 0 on. Copy or download the file again."));
            }

            tokens[rank] = token;
        }

        return tokens.Length > 0 ? [.. tokens.OfType<byte[]>()] : throw new ModelException($"'{path}' holds no tokens; expected lines or entries of base64 and rank. Copy or download the file again.");
    }
}
