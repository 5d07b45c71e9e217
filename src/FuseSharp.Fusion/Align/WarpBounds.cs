namespace FuseSharp.Fusion.Align;

/// <summary>How dear a cell beside the guide path may be before no best path can lead through it.</summary>
/// <remarks>
/// A path that leaves the guide comes back to it at some later cell q, for both end in the same corner and cannot cross without sharing a cell. Until then
/// it pays, in every row and in every column, at least the distance to the nearest token on that side of the guide. Where a cell's cost and that sum
/// exceed the guide's own cost at q, for every q in reach, no best path leads through the cell. The comparison is strict: every path among equals stays.
/// Working space of one thread.
/// </remarks>
internal sealed class WarpBounds
{
    private const int Infinite = int.MaxValue / 4;

    private readonly NearestSpellings _nearest = new();
    private int[] _rowNearest = [];
    private int[] _columnNearest = [];
    // [rows]: first and last column of the guide. [columns]: first and last row.
    private int[] _firstColumn = [];
    private int[] _lastColumn = [];
    private int[] _firstRow = [];
    private int[] _lastRow = [];
    // [rows + 1], [columns + 1]: what a path pays at least in all rows or columns before, ahead of the guide and behind it.
    private int[] _rowsAhead = [];
    private int[] _rowsBehind = [];
    private int[] _columnsAhead = [];
    private int[] _columnsBehind = [];
    // [columns], [rows]: the largest cost, less what is paid up to there, at which the guide can still be met from this column ahead, or row behind;
    // in the one by columns ahead what is paid up to the column is added again.
    private int[] _meetByRowAhead = [];
    private int[] _meetByColumnAhead = [];
    private int[] _meetByRowBehind = [];
    private int[] _meetByColumnBehind = [];

    /// <summary>The bounds of one row's cells.</summary>
    public Row RowOf(int row) => new(
        _firstColumn[row], _lastColumn[row], _rowsAhead[row + 1], _meetByRowBehind[row] + _rowsBehind[row + 1], _meetByColumnBehind[row],
        _meetByRowAhead, _meetByColumnAhead, _columnsBehind);

    /// <summary>Computes the bounds of one document; linear in its tokens.</summary>
    public void Set(SpellingCosts costs, List<(int Row, int Column, int Cost)> guide)
    {
        Reserve(costs.Rows, costs.Columns);
        Place(costs, guide);
        _nearest.Write(costs.Sources, costs.Targets, _rowNearest);
        _nearest.Write(costs.Targets, costs.Sources, _columnNearest);
        SumRows(costs);
        SumColumns(costs);
        FindMeetings(costs, guide);
    }

    private void Place(SpellingCosts costs, List<(int Row, int Column, int Cost)> guide)
    {
        _firstColumn.AsSpan(0, costs.Rows).Fill(int.MaxValue);
        _firstRow.AsSpan(0, costs.Columns).Fill(int.MaxValue);
        foreach (var (row, column, _) in guide)
        {
            _firstColumn[row] = Math.Min(_firstColumn[row], column);
            _firstRow[column] = Math.Min(_firstRow[column], row);
            (_lastColumn[row], _lastRow[column]) = (column, row);
        }
    }

    private void SumRows(SpellingCosts costs)
    {
        var at = costs.Sources.At;
        var numbers = costs.Sources.Spellings;
        for (int row = 0; row < costs.Rows; row++)
        {
            int spelling = numbers[at[row]];
            int nearest = _rowNearest[at[row]];
            _rowsAhead[row + 1] = _rowsAhead[row] + (costs.Targets.LastOf(spelling) > _lastColumn[row] ? 0 : nearest);
            _rowsBehind[row + 1] = _rowsBehind[row] + (costs.Targets.FirstOf(spelling) < _firstColumn[row] ? 0 : nearest);
        }
    }

    private void SumColumns(SpellingCosts costs)
    {
        var at = costs.Targets.At;
        var numbers = costs.Targets.Spellings;
        for (int column = 0; column < costs.Columns; column++)
        {
            int spelling = numbers[at[column]];
            int nearest = _columnNearest[at[column]];
            // Ahead of the guide in a column is before its first row.
            _columnsAhead[column + 1] = _columnsAhead[column] + (costs.Sources.FirstOf(spelling) < _firstRow[column] ? 0 : nearest);
            _columnsBehind[column + 1] = _columnsBehind[column] + (costs.Sources.LastOf(spelling) > _lastRow[column] ? 0 : nearest);
        }
    }

    private void FindMeetings(SpellingCosts costs, List<(int Row, int Column, int Cost)> guide)
    {
        var (rowAhead, columnAhead, rowBehind, columnBehind) = (-Infinite, -Infinite, -Infinite, -Infinite);
        for (int q = guide.Count - 1; q >= 0; q--)
        {
            var (row, column, cost) = guide[q];
            int before = cost - costs.Cost(row, column);
            rowAhead = Math.Max(rowAhead, before - _rowsAhead[row]);
            columnAhead = Math.Max(columnAhead, before - _columnsAhead[column]);
            rowBehind = Math.Max(rowBehind, before - _rowsBehind[row]);
            columnBehind = Math.Max(columnBehind, before - _columnsBehind[column]);
            (_meetByRowAhead[column], _meetByColumnAhead[column]) = (rowAhead, columnAhead + _columnsAhead[column + 1]);
            (_meetByRowBehind[row], _meetByColumnBehind[row]) = (rowBehind, columnBehind);
        }
    }

    private void Reserve(int rows, int columns)
    {
        int size = Math.Max(rows, columns) + 1;
        if (_rowsAhead.Length < size)
        {
            int[] New() => new int[size];
            (_rowNearest, _columnNearest) = (New(), New());
            (_firstColumn, _lastColumn, _firstRow, _lastRow) = (New(), New(), New(), New());
            (_rowsAhead, _rowsBehind, _columnsAhead, _columnsBehind) = (New(), New(), New(), New());
            (_meetByRowAhead, _meetByColumnAhead, _meetByRowBehind, _meetByColumnBehind) = (New(), New(), New(), New());
        }
    }

    /// <summary>The bounds of one row's cells.</summary>
    internal readonly ref struct Row(
        int firstColumn, int lastColumn, int paidAhead, int behind, int behindByColumn, ReadOnlySpan<int> aheadByRow, ReadOnlySpan<int> aheadByColumn, ReadOnlySpan<int> columnsBehind)
    {
        private readonly ReadOnlySpan<int> _aheadByRow = aheadByRow;
        private readonly ReadOnlySpan<int> _aheadByColumn = aheadByColumn;
        private readonly ReadOnlySpan<int> _columnsBehind = columnsBehind;

        /// <summary>The cost above which no best path leads through a column's cell; without limit on the guide itself.</summary>
        public int Of(int column)
            => column > lastColumn ? Math.Min(_aheadByRow[column] + paidAhead, _aheadByColumn[column])
                : column < firstColumn ? Math.Min(behind, behindByColumn + _columnsBehind[column + 1])
                : Infinite;
    }
}
