using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FuseSharp.Fusion.Spelling;

namespace FuseSharp.Fusion.Align;

/// <summary>Fills a warping table 32 cells at a time, in numbers of 16 bits.</summary>
/// <remarks>
/// With P(j) the sum of a row's costs from the beginning of 32 cells to j, and M(j) the smaller of the two cells above,
/// <code>
/// D(j) = P(j) + min(D before the 32 cells, min over k ≤ j of M(k) − P(k − 1))
/// </code>
/// is the row's recurrence without its chain: sums and minima of 32 cells take five steps each, and a source spelling's sums serve all its rows.
/// Sums are cut at <see cref="Most"/>: those below are exact, and no best path to an end below goes through one that is cut.
/// Working space of one thread.
/// </remarks>
internal sealed unsafe class WarpKernel
{
    /// <summary>The largest cost of a cell: 32 of them, and a sum, fit into 16 bits.</summary>
    public const int LargestCost = byte.MaxValue;

    /// <summary>Sums from here on are not told apart.</summary>
    public const int Most = 24_000;

    private const int Lanes = WarpSteps.CellsOfWord;

    // [source spellings · padded columns]: P.
    private short[] _sums = [];
    // [1 + padded columns] twice: D of the row above and of this one, behind the cell before the first.
    private short[] _above = [];
    private short[] _row = [];

    /// <summary>Whether this processor has what the kernel is made of.</summary>
    public static bool IsSupported => Avx512BW.IsSupported;

    /// <summary>Columns of a table in whole vectors.</summary>
    public static int PaddedColumns(int columns) => (columns + Lanes - 1) / Lanes * Lanes;

    /// <summary>Fills the table.</summary>
    /// <param name="costs">Of the document's spellings, none above <see cref="LargestCost"/>.</param>
    /// <param name="source">The document's source spellings and positions.</param>
    /// <param name="places">[<see cref="PaddedColumns"/>]: where the costs of the target tokens stand; behind the last, any.</param>
    /// <param name="columns">Target tokens.</param>
    /// <param name="steps">Gets the steps; room is there.</param>
    /// <returns>The cost of the best path; <see cref="Most"/> where it is that or more, and the steps are not to be used.</returns>
    public int Fill(SpellingCosts costs, SpellingNumbers source, ReadOnlySpan<int> places, int columns, WarpSteps steps)
    {
        int padded = places.Length;
        Sum(costs, source.Spellings.Count, places);
        WorkingSpace.Reserve(ref _above, 1 + padded);
        WorkingSpace.Reserve(ref _row, 1 + padded);
        _above.AsSpan(0, 1 + padded).Fill(Most);
        _above[0] = 0; // the first cell has nothing before it
        for (int i = 0; i < source.At.Length; i++)
        {
            fixed (short* sums = _sums, above = _above, row = _row)
            fixed (ulong* words = steps.Row(i))
            {
                FillRow(sums + ((long)source.At[i] * padded), above, row, padded, words);
            }

            (_above, _row) = (_row, _above);
        }

        return _above[columns];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sum(SpellingCosts costs, int spellings, ReadOnlySpan<int> targets)
    {
        int padded = targets.Length;
        WorkingSpace.Reserve(ref _sums, checked(spellings * padded));
        fixed (int* places = targets)
        fixed (short* all = _sums)
        {
            for (int s = 0; s < spellings; s++)
            {
                short* sums = all + ((long)s * padded);
                fixed (ushort* of = costs[s])
                {
                    for (int start = 0; start < padded; start += Lanes)
                    {
                        int sum = 0;
                        for (int j = start; j < start + Lanes; j++)
                        {
                            sum += of[places[j]];
                            sums[j] = (short)sum;
                        }
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillRow(short* sums, short* above, short* row, int padded, ulong* words)
    {
        // Lane j of a permuted vector is the lane s before it; where there is none, the first: it belongs to every minimum.
        var one = Before(1);
        var two = Before(2);
        var four = Before(4);
        var eight = Before(8);
        var sixteen = Before(16);
        var lastLane = Vector512.Create((short)(Lanes - 1));
        var isFirst = Vector512.CreateScalar((short)-1);
        var most = Vector512.Create((short)Most);
        var before = most;
        row[0] = Most;
        for (int j = 0; j < padded; j += Lanes)
        {
            var diagonal = Vector512.Load(above + j);
            var up = Vector512.Load(above + j + 1);
            var sum = Vector512.Load(sums + j);
            var least = Vector512.Min(up, diagonal) - Vector512.AndNot(Avx512BW.PermuteVar32x16(sum, one), isFirst);
            least = Vector512.Min(least, Avx512BW.PermuteVar32x16(least, one));
            least = Vector512.Min(least, Avx512BW.PermuteVar32x16(least, two));
            least = Vector512.Min(least, Avx512BW.PermuteVar32x16(least, four));
            least = Vector512.Min(least, Avx512BW.PermuteVar32x16(least, eight));
            least = Vector512.Min(least, Avx512BW.PermuteVar32x16(least, sixteen));
            var cells = Vector512.Min(Vector512.Min(least, before) + sum, most);
            cells.Store(row + j + 1);
            var left = Vector512.ConditionalSelect(isFirst, before, Avx512BW.PermuteVar32x16(cells, one));
            before = Avx512BW.PermuteVar32x16(cells, lastLane);
            words[j / Lanes] = WarpSteps.Word(
                (uint)Vector512.LessThanOrEqual(diagonal, Vector512.Min(up, left)).ExtractMostSignificantBits(),
                (uint)Vector512.LessThanOrEqual(up, left).ExtractMostSignificantBits());
        }
    }

    private static Vector512<short> Before(int lanes) => Vector512.Max(Vector512<short>.Indices - Vector512.Create((short)lanes), Vector512<short>.Zero);
}
