using FuseSharp.Fusion.Spelling;

namespace FuseSharp.Fusion.Align;

/// <summary>Dynamic time warping of two token sequences by the edit distance of their spellings: the reference's path, ties included.</summary>
/// <remarks>
/// D(i,j) = cost(i,j) + min(D(i−1,j−1), D(i−1,j), D(i,j−1)); the walk back from the end takes the first of diagonal, source and target step whose D is
/// smallest. A document repeats its tokens, so each pair of different spellings is compared once.
/// Working space of one thread, used for one document after the other (docs/decisions/0010-exact-warping.md).
/// </remarks>
/// <param name="spellings">Of both vocabularies.</param>
/// <param name="usesKernel">Whether <see cref="WarpKernel"/> is used where it can be; tests compare.</param>
internal sealed class DtwAligner(TokenSpellings spellings, bool usesKernel = true)
{
    private const int Infinite = int.MaxValue / 2;

    private readonly SpellingCosts _costs = new(spellings);
    private readonly SpellingNumbers _sources = new(spellings.Count);
    private readonly SpellingNumbers _targets = new(spellings.Count);
    private readonly WarpSteps _steps = new();
    private readonly WarpKernel _kernel = new();
    // [target positions, padded for the kernel]: where their costs stand.
    private int[] _places = [];
    // [target positions]: D of the row above, overwritten by the row's own.
    private int[] _row = [];

    /// <summary>Finds the path.</summary>
    /// <param name="source">Source token ids, at least one.</param>
    /// <param name="target">Target token ids, at least one.</param>
    public DtwPath Warp(int[] source, int[] target)
    {
        _sources.Read(source, spellings.OfSource);
        _targets.Read(target, spellings.OfTarget);
        _costs.Read(_sources.Spellings, _targets.Spellings);
        int padded = WarpKernel.PaddedColumns(target.Length);
        WorkingSpace.Reserve(ref _places, padded);
        var places = _places.AsSpan(0, padded);
        places[target.Length..].Clear(); // behind the last column any cost will do
        _costs.Places(_targets.At, places);
        _steps.Reserve(source.Length, target.Length);
        int cost = usesKernel && WarpKernel.IsSupported && _costs.Largest <= WarpKernel.LargestCost ? _kernel.Fill(_costs, _sources, places, target.Length, _steps) : WarpKernel.Most;
        return Walk(cost < WarpKernel.Most ? cost : Fill(source.Length, places[..target.Length]), source.Length, target.Length);
    }

    // The same cell by cell: for other processors, long tokens and large sums.
    private int Fill(int rows, ReadOnlySpan<int> targets)
    {
        WorkingSpace.Reserve(ref _row, targets.Length);
        var row = _row.AsSpan(0, targets.Length);
        row.Fill(Infinite);
        for (int i = 0; i < rows; i++)
        {
            var costs = _costs[_sources.At[i]];
            var words = _steps.Row(i);
            words.Clear();
            int diagonal = i == 0 ? 0 : Infinite;
            int left = Infinite;
            for (int j = 0; j < row.Length; j++)
            {
                int up = row[j];
                words[j / WarpSteps.CellsOfWord] |= WarpSteps.Word(diagonal <= Math.Min(up, left) ? 1u : 0, up <= left ? 1u : 0) << (j % WarpSteps.CellsOfWord);
                row[j] = left = Math.Min(Math.Min(up, diagonal), left) + costs[targets[j]];
                diagonal = up;
            }
        }

        return row[^1];
    }

    private DtwPath Walk(int cost, int rows, int columns)
    {
        int[] first = new int[columns];
        int[] last = new int[columns];
        var (i, j) = (rows - 1, columns - 1);
        last[j] = i;
        while (i > 0 || j > 0)
        {
            var (isDiagonal, isSource) = _steps.Into(i, j);
            i -= isDiagonal || isSource ? 1 : 0;
            if (!isSource)
            {
                first[j] = i + (isDiagonal ? 1 : 0);
                last[--j] = i;
            }
        }

        return new(cost, new(first, last));
    }
}
