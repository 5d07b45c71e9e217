namespace FuseSharp.Fusion.Align;

/// <summary>A good path through the table of one document, found in a narrow beam by bounds of the distances: the upper bound from which the exact search starts.</summary>
/// <remarks>Working space of one thread. The path runs from the document's end to its start, as positions count from the end.</remarks>
internal sealed class GuidePath
{
    // Cells dearer than a row's cheapest by more than this are left; on real texts the path then costs at most a hundredth too much.
    private const int Beam = 18;
    // Bounds memory on texts of one repeated token, where all cells of a row cost nothing.
    private const int MaxWidth = 96;
    private const int Infinite = int.MaxValue / 4;

    private readonly List<(int Row, int Column, int Cost)> _cells = [];
    // [rows]: first column of the beam, and where its moves lie.
    private int[] _firsts = [];
    private int[] _starts = [];
    private byte[] _moves = new byte[4096];
    private int[] _above = new int[2 * MaxWidth];
    private int[] _row = new int[2 * MaxWidth];

    private enum Move : byte
    {
        Diagonal,
        Row,
        Column,
    }

    /// <summary>Row, column and cost up to and with the cell, in order.</summary>
    public List<(int Row, int Column, int Cost)> Cells => _cells;

    /// <summary>Cells of tables evaluated so far.</summary>
    public long Evaluated { get; private set; }

    /// <summary>Finds the path of one document.</summary>
    public void Find(SpellingCosts costs)
    {
        if (_starts.Length < costs.Rows)
        {
            (_starts, _firsts) = (new int[costs.Rows], new int[costs.Rows]);
        }

        int moves = 0;
        int first = 0;
        int aboveCount = 0;
        for (int row = 0; row < costs.Rows; row++)
        {
            (_starts[row], _firsts[row]) = (moves, first);
            int count = FillRow(costs, row, first, aboveCount, moves);
            moves += count;
            (first, aboveCount) = Trim(first, count);
        }

        TraceBack(costs);
        AddCosts(costs);
    }

    private int FillRow(SpellingCosts costs, int row, int first, int aboveCount, int moves)
    {
        var rowCosts = costs.RowOf(row);
        bool isLast = row == costs.Rows - 1;
        Reserve(moves, isLast ? costs.Columns - first : MaxWidth + 1);
        var steps = _moves.AsSpan(moves);
        int cheapest = Infinite;
        int left = Infinite;
        int count = 0;
        for (int column = first; column < costs.Columns; column++, count++)
        {
            int up = count < aboveCount ? _above[count] : Infinite;
            int diagonal = count >= 1 && count - 1 < aboveCount ? _above[count - 1] : row == 0 && column == 0 ? 0 : Infinite;
            int before = Math.Min(Math.Min(up, diagonal), left);
            if (!isLast && count > 0 && (count >= MaxWidth || (count > aboveCount && before > cheapest + Beam)))
            {
                break;
            }

            steps[count] = (byte)(before == diagonal ? Move.Diagonal : before == up ? Move.Row : Move.Column);
            _row[count] = left = before + rowCosts.AtLeast(column);
            cheapest = Math.Min(cheapest, left);
        }

        Evaluated += count;
        (_above, _row) = (_row, _above);
        return count;
    }

    // Leaves the dear cells at both ends of the row that was filled last.
    private (int First, int Count) Trim(int first, int count)
    {
        int limit = Beam + Infinite;
        for (int c = 0; c < count; c++)
        {
            limit = Math.Min(limit, _above[c] + Beam);
        }

        int start = 0;
        while (_above[start] > limit)
        {
            start++;
        }

        while (_above[count - 1] > limit)
        {
            count--;
        }

        _above.AsSpan(start..count).CopyTo(_above);
        return (first + start, count - start);
    }

    private void TraceBack(SpellingCosts costs)
    {
        _cells.Clear();
        var (row, column) = (costs.Rows - 1, costs.Columns - 1);
        _cells.Add((row, column, 0));
        while (row > 0 || column > 0)
        {
            var move = (Move)_moves[_starts[row] + column - _firsts[row]];
            row -= move == Move.Column ? 0 : 1;
            column -= move == Move.Row ? 0 : 1;
            _cells.Add((row, column, 0));
        }

        _cells.Reverse();
    }

    private void AddCosts(SpellingCosts costs)
    {
        int cost = 0;
        for (int c = 0; c < _cells.Count; c++)
        {
            cost += costs.Cost(_cells[c].Row, _cells[c].Column);
            _cells[c] = _cells[c] with { Cost = cost };
        }
    }

    private void Reserve(int moves, int width)
    {
        if (moves + width > _moves.Length)
        {
            Array.Resize(ref _moves, 2 * (moves + width));
        }

        if (width > _row.Length)
        {
            Array.Resize(ref _row, width);
            Array.Resize(ref _above, width);
        }
    }
}
