namespace FuseSharp.Fusion.Align;

/// <summary>Dynamic time warping of two token sequences by the edit distance of their spellings, exact with all ties, in a fraction of the table.</summary>
/// <remarks>
/// The reference fills D(i,j) = cost(i,j) + min(D(i−1,j), D(i,j−1), D(i−1,j−1)) and walks back from the end, taking the first of diagonal, source and target
/// step whose D is smallest. Here a beam finds a good path, <see cref="WarpBounds"/> tell which cells beside it can lie on a best one, and only these are
/// filled, from the document's end, so that the cells' values are costs to go and the bounds come from the start, where both texts agree. Every cell keeps
/// which steps are best in one byte. Cells on best paths are marked from the start; the reference's choice among them is the first marked one.
/// Both texts being the same, that is a few per cent of the table; where they differ in every token it grows up to the whole table, a byte a cell.
/// One for each thread (docs/decisions/0010-exact-warping.md).
/// </remarks>
internal sealed class TokenWarper
{
    private const int Infinite = int.MaxValue / 4;

    private readonly SpellingCosts _costs;
    private readonly GuidePath _guide = new();
    private readonly WarpBounds _bounds = new();
    // [rows]: first column and where the row's steps begin.
    private int[] _firsts = [];
    private int[] _starts = [0];
    private Steps[] _steps = new Steps[4096];
    private int[] _above = [];
    private int[] _row = [];
    private int _gained;

    /// <summary>Working space for documents of one pair of tokenizers.</summary>
    public TokenWarper(TokenSpellings spellings) => _costs = new SpellingCosts(spellings);

    [Flags]
    private enum Steps : byte
    {
        None = 0,
        Diagonal = 1,
        Source = 2,
        Target = 4,
        FromStart = 8,
    }

    /// <summary>Cells of tables evaluated so far; filling them would be source × target tokens.</summary>
    public long Cells { get; private set; }

    /// <summary>Edit distances evaluated so far.</summary>
    public long Distances => _costs.Evaluated;

    /// <summary>Finds the reference's path.</summary>
    /// <param name="source">Source token ids, at least one.</param>
    /// <param name="target">Target token ids, at least one.</param>
    public WarpPath Warp(int[] source, int[] target)
    {
        _costs.Read(source, target);
        long before = _guide.Evaluated;
        _guide.Find(_costs);
        Cells += _guide.Evaluated - before;
        _bounds.Set(_costs, _guide.Cells);
        Reserve();
        int cost = Fill();
        MarkFromStart();
        return Walk(cost);
    }

    private int Fill()
    {
        _starts[0] = 0;
        _gained = 0;
        int guide = 0;
        int first = 0;
        int count = 0;
        for (int row = 0; row < _costs.Rows; row++)
        {
            (first, count) = FillRow(row, first, count);
            while (guide + 1 < _guide.Cells.Count && _guide.Cells[guide + 1].Row <= row)
            {
                guide++;
            }

            // From where the guide turned out too dear it is cheaper all the way on.
            _gained = Math.Max(_gained, _guide.Cells[guide].Cost - _above[_guide.Cells[guide].Column - first]);
        }

        return _above[count - 1];
    }

    // Leaves the row's values in _above, from its first cell that is not excluded to its last.
    private (int First, int Count) FillRow(int row, int aboveFirst, int aboveCount)
    {
        var costs = _costs.RowOf(row);
        var bounds = _bounds.RowOf(row);
        var above = _above.AsSpan(0, aboveCount);
        int start = _starts[row];
        EnsureSteps(start + _costs.Columns);
        var steps = _steps.AsSpan(start);
        var values = _row.AsSpan();
        int first = -1;
        int count = 0;
        int filled = 0;
        int left = Infinite;
        int diagonal = row == 0 ? 0 : Infinite;
        int column = aboveFirst;
        for (; column < _costs.Columns; column++)
        {
            int at = column - aboveFirst;
            int up = at < above.Length ? above[at] : Infinite;
            int before = Math.Min(Math.Min(up, diagonal), left);
            if (before >= Infinite && at > above.Length)
            {
                break;
            }

            int value = before >= Infinite ? Infinite : Value(before, column, bounds.Of(column) - _gained, in costs);
            if (value < Infinite || first >= 0)
            {
                first = first < 0 ? column : first;
                steps[count] = value >= Infinite ? Steps.None : BestOf(before, diagonal, up, left);
                values[count++] = value;
                filled = value < Infinite ? count : filled;
            }

            (left, diagonal) = (value, up);
        }

        Cells += column - aboveFirst;
        (_firsts[row], _starts[row + 1]) = (first, start + filled);
        (_above, _row) = (_row, _above);
        return (first, filled);
    }

    // The cost up to and with a cell; infinite where no best path can lead through it.
    private static int Value(int before, int column, int bound, in SpellingCosts.Row costs)
    {
        if (before > bound)
        {
            return Infinite;
        }

        int value = before + costs.UpTo(bound - before, column);
        return value > bound ? Infinite : value;
    }

    private static Steps BestOf(int before, int diagonal, int up, int left)
        => (before == diagonal ? Steps.Diagonal : Steps.None) | (before == up ? Steps.Source : Steps.None) | (before == left ? Steps.Target : Steps.None);

    // From the document's start along best steps: what is reached lies on a best path.
    private void MarkFromStart()
    {
        _steps[_starts[_costs.Rows] - 1] |= Steps.FromStart;
        for (int row = _costs.Rows - 1; row >= 0; row--)
        {
            for (int at = _starts[row + 1] - 1; at >= _starts[row]; at--)
            {
                if (_steps[at] < Steps.FromStart)
                {
                    continue;
                }

                int column = _firsts[row] + at - _starts[row];
                Mark(at, Steps.Target, row, column - 1);
                Mark(at, Steps.Source, row - 1, column);
                Mark(at, Steps.Diagonal, row - 1, column - 1);
            }
        }
    }

    private void Mark(int at, Steps step, int row, int column)
    {
        // The last cell's diagonal step leads out of the table: to where both texts have ended.
        if ((_steps[at] & step) != 0 && row >= 0 && column >= 0)
        {
            _steps[_starts[row] + column - _firsts[row]] |= Steps.FromStart;
        }
    }

    private WarpPath Walk(int cost)
    {
        int[] first = new int[_costs.Columns];
        int[] last = new int[_costs.Columns];
        Array.Fill(last, -1);
        var (row, column) = (0, 0);
        while (true)
        {
            int target = _costs.Columns - 1 - column;
            first[target] = _costs.Rows - 1 - row;
            last[target] = Math.Max(last[target], first[target]);
            if (row == _costs.Rows - 1 && column == _costs.Columns - 1)
            {
                return new(cost, new(first, last));
            }

            var (rows, columns) = IsBest(row + 1, column + 1, Steps.Diagonal) ? (1, 1) : IsBest(row + 1, column, Steps.Source) ? (1, 0) : (0, 1);
            (row, column) = (row + rows, column + columns);
        }
    }

    private bool IsBest(int row, int column, Steps step)
    {
        if (row >= _costs.Rows || column < _firsts[row] || column >= _firsts[row] + _starts[row + 1] - _starts[row])
        {
            return false;
        }

        var both = step | Steps.FromStart;
        return (_steps[_starts[row] + column - _firsts[row]] & both) == both;
    }

    private void EnsureSteps(int at)
    {
        if (at >= _steps.Length)
        {
            Array.Resize(ref _steps, 2 * at);
        }
    }

    private void Reserve()
    {
        if (_firsts.Length < _costs.Rows)
        {
            (_firsts, _starts) = (new int[_costs.Rows], new int[_costs.Rows + 1]);
        }

        if (_row.Length < _costs.Columns)
        {
            (_row, _above) = (new int[_costs.Columns], new int[_costs.Columns]);
        }
    }
}
