using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FuseSharp.Models.Kernels;

namespace FuseSharp.Models.Rows;

/// <summary>A matrix of weights [outputs, inputs] as it is stored, that multiplies rows of float32 without being written out first.</summary>
/// <remarks>Arithmetic is float32 throughout, states are never rounded: results are those of the written-out matrix, beyond the order of the sums.
/// NaN and infinity in states come through. Safe for several threads.</remarks>
internal abstract unsafe class WeightRows(long outputs, long inputs)
{
    /// <summary>A row for every number that comes out.</summary>
    public long Outputs => outputs;

    /// <summary>Numbers of a row.</summary>
    public long Inputs => inputs;

    /// <summary>Bytes that it takes.</summary>
    public abstract long Bytes { get; }

    /// <summary>Writes rows out.</summary>
    /// <param name="index">Of the row, below <see cref="Outputs"/>.</param>
    /// <param name="numbers">Room for <see cref="Inputs"/>.</param>
    public abstract void Decode(long index, float* numbers);

    /// <summary>y = x·Wᵀ + b, for all texts with one reading of the weights.</summary>
    /// <param name="states">x, of width <see cref="Inputs"/>.</param>
    /// <param name="bias">b, [outputs]; null for none.</param>
    /// <param name="results">Gets y, of width <see cref="Outputs"/>.</param>
    public void Multiply(StateRows states, float[]? bias, StateRows results)
    {
        results.Resize(states.Count, Outputs);
        fixed (float* offsets = bias)
        {
            Multiply(states, offsets, results);
        }
    }

    // Pointers and fixed locals cannot be captured as they are; all of it stays in place until the loop has ended.
    private void Multiply(StateRows states, float* bias, StateRows results)
    {
        nint offsets = (nint)bias;
        if (states.Count < LaneProducts.FewestTexts)
        {
            KernelRows.Run(Outputs, Inputs * states.Count, (start, endExclusive) =>
            {
                for (int i = 0; i < states.Count; i++)
                {
                    MultiplyOne(start, endExclusive, states.Row(i), (float*)offsets, results.Row(i));
                }
            });
            return;
        }

        nint lanes = (nint)states.Lanes();
        KernelRows.Run(Outputs, Inputs * states.Count, (start, endExclusive) => MultiplyGroups(start, endExclusive, (float*)lanes, states.Groups, (float*)offsets, results));
    }

    /// <summary>Products of one row of states with some rows of weights.</summary>
    protected abstract void MultiplyOne(long start, long endExclusive, float* states, float* bias, float* results);

    /// <summary>Products of groups of texts, see <see cref="StateRows.Lanes"/>, with some rows of weights.</summary>
    protected abstract void MultiplyGroups(long start, long endExclusive, float* lanes, int groups, float* bias, StateRows results);
}

/// <summary>Rows of one format.</summary>
/// <typeparam name="T">The format.</typeparam>
internal abstract unsafe class WeightRows<T>(long outputs, long inputs, CodeTable table) : WeightRows(outputs, inputs)
    where T : IRowFormat
{
    // Columns that are written out at once: eight rows of them stay in the first cache beside the states.
    private const int TileColumns = 512;

    /// <inheritdoc/>
    public override void Decode(long index, float* numbers) => Decode(PartsOf(index), 0, Inputs, numbers);

    /// <summary>Where a row lies.</summary>
    protected abstract RowParts PartsOf(long index);

    /// <inheritdoc/>
    protected sealed override void MultiplyOne(long start, long endExclusive, float* states, float* bias, float* results)
    {
        long blocks = Inputs / 32;
        for (long r = start; r < endExclusive; r += 2)
        {
            // Of an odd number the last row goes with itself.
            long other = Math.Min(r + 1, endExclusive - 1);
            var (first, second) = (PartsOf(r), PartsOf(other));
            var (sum, otherSum) = Multiply(first, second, table, states, blocks);
            results[r] = sum + Rest(first, states) + (bias is null ? 0 : bias[r]);
            results[other] = otherSum + Rest(second, states) + (bias is null ? 0 : bias[other]);
        }
    }

    // A method of its own, without calls: beside one the compiler would keep the sums in memory.
    [MethodImpl(KernelRows.Compiled | MethodImplOptions.NoInlining)]
    private static (float First, float Second) Multiply(RowParts a, RowParts b, CodeTable table, float* states, long blocks)
    {
        Vector512<float> a0 = default, a1 = default, b0 = default, b1 = default;
        for (long block = 0; block < blocks; block++)
        {
            var first = Vector512.Load(states + (block * 32));
            var second = Vector512.Load(states + (block * 32) + 16);
            var (low, high) = T.Load(a, table, block);
            a0 = Vector512.FusedMultiplyAdd(low, first, a0);
            a1 = Vector512.FusedMultiplyAdd(high, second, a1);
            (low, high) = T.Load(b, table, block);
            b0 = Vector512.FusedMultiplyAdd(low, first, b0);
            b1 = Vector512.FusedMultiplyAdd(high, second, b1);
        }

        return (Vector512.Sum(a0 + a1), Vector512.Sum(b0 + b1));
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    protected sealed override void MultiplyGroups(long start, long endExclusive, float* lanes, int groups, float* bias, StateRows results)
    {
        const int Rows = LaneProducts.Rows;
        float* memory = stackalloc float[(Rows * TileColumns) + 16];
        float* tile = (float*)(((nint)memory + 63) / 64 * 64);
        using var sums = new AlignedRow((long)groups * Rows * StateRows.GroupSize);
        for (long r = start; r < endExclusive; r += Rows)
        {
            int rows = (int)Math.Min(Rows, endExclusive - r);
            new Span<float>(sums.Start, groups * Rows * StateRows.GroupSize).Clear();
            for (long column = 0; column < Inputs; column += TileColumns)
            {
                long columns = Math.Min(TileColumns, Inputs - column);
                for (int i = 0; i < rows; i++)
                {
                    Decode(PartsOf(r + i), column, columns, tile + (i * TileColumns));
                }

                for (int group = 0; group < groups; group++)
                {
                    float* own = lanes + (((group * Inputs) + column) * StateRows.GroupSize);
                    LaneProducts.Add(tile, TileColumns, rows, columns, own, sums.Start + ((long)group * Rows * StateRows.GroupSize));
                }
            }

            Place(sums.Start, r, rows, bias, results);
        }
    }

    private static void Place(float* sums, long first, int rows, float* bias, StateRows results)
    {
        for (int text = 0; text < results.Count; text++)
        {
            float* own = sums + (text / StateRows.GroupSize * LaneProducts.Rows * StateRows.GroupSize) + (text % StateRows.GroupSize);
            float* result = results.Row(text) + first;
            for (int i = 0; i < rows; i++)
            {
                result[i] = own[i * StateRows.GroupSize] + (bias is null ? 0 : bias[first + i]);
            }
        }
    }

    // A multiple of 32 begins; what is behind the last whole one only float32 has.
    [MethodImpl(KernelRows.Compiled)]
    private void Decode(RowParts row, long column, long columns, float* numbers)
    {
        var codes = table;
        long first = column / 32;
        long blocks = columns / 32;
        for (long block = 0; block < blocks; block++)
        {
            var (low, high) = T.Load(row, codes, first + block);
            Vector512.Store(low, numbers + (block * 32));
            Vector512.Store(high, numbers + (block * 32) + 16);
        }

        for (long i = blocks * 32; i < columns; i++)
        {
            numbers[i] = ((float*)row.Codes)[column + i];
        }
    }

    private float Rest(RowParts row, float* states)
    {
        float sum = 0;
        for (long i = Inputs / 32 * 32; i < Inputs; i++)
        {
            sum += ((float*)row.Codes)[i] * states[i];
        }

        return sum;
    }
}
