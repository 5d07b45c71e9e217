using FuseSharp.Fusion.Spelling;

namespace FuseSharp.Fusion.Align;

/// <summary>The step into each cell of a warping table, two bits each: 1 MB at 2,048 tokens.</summary>
/// <remarks>Working space of one thread.</remarks>
internal sealed class WarpSteps
{
    /// <summary>Cells of a word: its lower half says which are entered diagonally, its upper half which would rather be entered by a step of the source than of the target.</summary>
    public const int CellsOfWord = 32;

    // [rows · words]
    private ulong[] _steps = [];
    private int _words;

    /// <summary>Makes room.</summary>
    /// <param name="rows">Source positions.</param>
    /// <param name="columns">Target positions.</param>
    public void Reserve(int rows, int columns)
    {
        _words = (columns + CellsOfWord - 1) / CellsOfWord;
        WorkingSpace.Reserve(ref _steps, checked(rows * _words));
    }

    /// <summary>The words of one row; the lowest bits are those of the first column.</summary>
    public Span<ulong> Row(int row) => _steps.AsSpan(row * _words, _words);

    /// <summary>A word of whole halves.</summary>
    public static ulong Word(uint diagonal, uint source) => diagonal | ((ulong)source << CellsOfWord);

    /// <summary>Where the path comes from.</summary>
    public (bool IsDiagonal, bool IsSource) Into(int row, int column)
    {
        ulong word = Row(row)[column / CellsOfWord] >> (column % CellsOfWord);
        bool isDiagonal = (word & 1) != 0;
        return (isDiagonal, !isDiagonal && (word >> CellsOfWord & 1) != 0);
    }
}
