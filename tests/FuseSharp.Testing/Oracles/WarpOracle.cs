namespace FuseSharp.Testing.Oracles;

/// <summary>Dynamic time warping as the reference does it: the whole table, then back from the end.</summary>
public static class WarpOracle
{
    /// <summary>The path's cost, and for each target position the source positions on it, rising.</summary>
    /// <param name="source">Spellings of the source's tokens.</param>
    /// <param name="target">Spellings of the target's tokens.</param>
    public static (int Cost, int[][] SourcePositions) Warp(IReadOnlyList<string> source, IReadOnlyList<string> target)
    {
        long[,] table = new long[source.Count + 1, target.Count + 1];
        const long Infinite = long.MaxValue / 2;
        for (int i = 0; i <= source.Count; i++)
        {
            for (int j = 0; j <= target.Count; j++)
            {
                table[i, j] = i == 0 && j == 0 ? 0
                    : i == 0 || j == 0 ? Infinite
                    : VocabularyMapOracle.Levenshtein(source[i - 1], target[j - 1]) + Math.Min(table[i - 1, j - 1], Math.Min(table[i - 1, j], table[i, j - 1]));
            }
        }

        List<int>[] positions = [.. target.Select(_ => new List<int>())];
        var (row, column) = (source.Count, target.Count);
        while (true)
        {
            positions[column - 1].Insert(0, row - 1);
            if (row == 1 && column == 1)
            {
                return ((int)table[source.Count, target.Count], [.. positions.Select(p => p.ToArray())]);
            }

            // Corner cells: of the table's edge only (0, 0) is not infinite, and it is never better than (1, 1).
            long diagonal = row > 1 && column > 1 ? table[row - 1, column - 1] : Infinite;
            long up = row > 1 ? table[row - 1, column] : Infinite;
            long left = column > 1 ? table[row, column - 1] : Infinite;
            (row, column) = diagonal <= up && diagonal <= left ? (row - 1, column - 1) : up <= left ? (row - 1, column) : (row, column - 1);
        }
    }
}
