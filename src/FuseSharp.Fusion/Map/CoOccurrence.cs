using System.Runtime.InteropServices;

namespace FuseSharp.Fusion.Map;

/// <summary>How often tokens of one vocabulary stand near each other in some texts; a pair that never met takes no memory.</summary>
internal sealed class CoOccurrence
{
    /// <summary>Tokens to either side in the reference.</summary>
    public const int DefaultWindow = 5;

    private readonly Dictionary<int, int>?[] _counts;

    /// <summary>Counts some documents.</summary>
    /// <param name="documents">Token ids.</param>
    /// <param name="vocabulary">Number of tokens.</param>
    /// <param name="window">Tokens before, and one fewer behind, that count as near; each nearness counts for both tokens.</param>
    public CoOccurrence(IEnumerable<int[]> documents, int vocabulary, int window = DefaultWindow)
    {
        _counts = new Dictionary<int, int>?[vocabulary];
        foreach (int[] ids in documents)
        {
            for (int i = 0; i < ids.Length; i++)
            {
                for (int j = Math.Max(0, i - window); j < Math.Min(i + window, ids.Length); j++)
                {
                    if (j != i)
                    {
                        Count(ids[i], ids[j]);
                        Count(ids[j], ids[i]);
                    }
                }
            }
        }
    }

    /// <summary>The tokens that stood near one, with how often; null for a token that never came.</summary>
    public IReadOnlyDictionary<int, int>? Of(int token) => _counts[token];

    private void Count(int token, int other)
        => CollectionsMarshal.GetValueRefOrAddDefault(_counts[token] ??= [], other, out _)++;
}
