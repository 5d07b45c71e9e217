namespace FuseSharp.Errors;

/// <summary>Finds what somebody may have meant by a word that is not known.</summary>
public static class NearWord
{
    /// <summary>The known word with the fewest changed letters.</summary>
    /// <param name="word">As written.</param>
    /// <param name="known">Words that are known.</param>
    /// <returns>Null where none is near.</returns>
    public static string? Find(string word, IEnumerable<string> known)
        => known.MinBy(k => Distance(k, word)) is { } nearest && Distance(nearest, word) <= Math.Max(2, word.Length / 3) ? nearest : null;

    // Levenshtein over two rows; words are a few letters.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                (diagonal, row[j]) = (row[j], cost);
            }
        }

        return row[^1];
    }
}
