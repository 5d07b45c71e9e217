namespace FuseSharp.Testing.Oracles;

/// <summary>The reference's vocabulary mapping, written straight from its definition: every pair, the plain table.</summary>
public static class VocabularyMapOracle
{
    /// <summary>[source]: the first target in id order at the smallest Levenshtein distance, which is 0 for an equal one.</summary>
    public static int[] Map(IReadOnlyList<string> target, IReadOnlyList<string> replacedSource)
        => [.. replacedSource.Select(x => Enumerable.Range(0, target.Count).MinBy(id => Levenshtein(x, target[id])))];

    /// <summary>Unit costs over Unicode code points.</summary>
    public static int Levenshtein(string a, string b)
    {
        int[] left = [.. a.EnumerateRunes().Select(r => r.Value)];
        int[] right = [.. b.EnumerateRunes().Select(r => r.Value)];
        int[,] table = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
            {
                table[i, j] = i == 0 ? j
                    : j == 0 ? i
                    : Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1));
            }
        }

        return table[left.Length, right.Length];
    }
}
