using FuseSharp.Fusion.Spelling;

namespace FuseSharp.Fusion.Align;

/// <summary>Dynamic time warping of two token sequences by the edit distance of their spellings: the reference's path, ties included.</summary>
/// <remarks>
/// D(i,j) = cost(i,j) + min(D(i−1,j−1), D(i−1,j), D(i,j−1)); the walk back from the end takes the first of diagonal, source and target step whose D is
/// smallest, which every cell keeps in one byte. A document repeats its tokens, so each pair of different spellings is compared once.
/// Working space of one thread, used for one document after the other: 4 MB of steps at 2,048 tokens (docs/decisions/0010-exact-warping.md).
/// </remarks>
/// <param name="spellings">Of both vocabularies.</param>
internal sealed class DtwAligner(TokenSpellings spellings)
{
    private const int Infinite = int.MaxValue / 2;

    private readonly EditDistance _distance = new(spellings.Symbols);
    private readonly SpellingNumbers _sources = new(spellings.Count);
    private readonly SpellingNumbers _targets = new(spellings.Count);
    // [source spellings · target spellings]
    private int[] _costs = [];
    // [source positions · target positions]
    private Step[] _steps = [];
    // [target positions]: D of the row above, overwritten by the row's own.
    private int[] _row = [];

    private enum Step : byte
    {
        Diagonal,
        Source,
        Target,
    }

    /// <summary>Finds the path.</summary>
    /// <param name="source">Source token ids, at least one.</param>
    /// <param name="target">Target token ids, at least one.</param>
    public DtwPath Warp(int[] source, int[] target)
    {
        _sources.Read(source, spellings.OfSource);
        _targets.Read(target, spellings.OfTarget);
        Compare();
        int cost = Fill(source.Length, target.Length);
        return Walk(cost, source.Length, target.Length);
    }

    private void Compare()
    {
        var (sources, targets) = (_sources.Spellings, _targets.Spellings);
        Reserve(ref _costs, checked(sources.Count * targets.Count));
        int at = 0;
        foreach (int source in sources)
        {
            _distance.SetPattern(spellings[source]);
            foreach (int target in targets)
            {
                _costs[at++] = source == target ? 0 : _distance.Exact(spellings[target]);
            }
        }
    }

    private int Fill(int rows, int columns)
    {
        Reserve(ref _steps, checked(rows * columns));
        Reserve(ref _row, columns);
        _row.AsSpan(0, columns).Fill(Infinite);
        var targets = _targets.At;
        for (int i = 0; i < rows; i++)
        {
            var costs = _costs.AsSpan(_sources.At[i] * _targets.Spellings.Count, _targets.Spellings.Count);
            var steps = _steps.AsSpan(i * columns, columns);
            var row = _row.AsSpan(0, columns);
            int diagonal = i == 0 ? 0 : Infinite;
            int left = Infinite;
            for (int j = 0; j < steps.Length; j++)
            {
                int up = row[j];
                int before = Math.Min(Math.Min(up, diagonal), left);
                steps[j] = before == diagonal ? Step.Diagonal : before == up ? Step.Source : Step.Target;
                row[j] = left = before + costs[targets[j]];
                diagonal = up;
            }
        }

        return _row[columns - 1];
    }

    private DtwPath Walk(int cost, int rows, int columns)
    {
        int[] first = new int[columns];
        int[] last = new int[columns];
        var (i, j) = (rows - 1, columns - 1);
        last[j] = i;
        while (i > 0 || j > 0)
        {
            var step = _steps[(i * columns) + j];
            i -= step == Step.Target ? 0 : 1;
            if (step != Step.Source)
            {
                first[j] = i + (step == Step.Diagonal ? 1 : 0);
                last[--j] = i;
            }
        }

        return new(cost, new(first, last));
    }

    private static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[length];
        }
    }
}
