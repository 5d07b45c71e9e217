using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Artifacts;

/// <summary>Arrow columns from plain arrays and back, without copying an element at a time.</summary>
public static class Columns
{
    /// <summary>The type of a column of lists without nulls.</summary>
    /// <param name="type">Of an item.</param>
    public static ListType ListOf(IArrowType type) => new(new Field("item", type, nullable: false));

    /// <summary>A column of lists, a row's list being one array.</summary>
    public static ListArray Lists<T>(IArrowType type, IReadOnlyList<T[]> rows)
        where T : unmanaged
    {
        int[] starts = new int[rows.Count + 1];
        for (int i = 0; i < rows.Count; i++)
        {
            starts[i + 1] = checked(starts[i] + rows[i].Length);
        }

        var values = new T[starts[^1]];
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].CopyTo(values, starts[i]);
        }

        var items = ArrowArrayFactory.BuildArray(new ArrayData(type, values.Length, 0, 0, [ArrowBuffer.Empty, Buffer(values)]));
        return new ListArray(ListOf(type), rows.Count, Buffer(starts), items, ArrowBuffer.Empty);
    }

    /// <summary>A column of whole numbers.</summary>
    /// <param name="values">A row each.</param>
    public static Int32Array Numbers(IReadOnlyList<int> values)
        => new(Buffer<int>([.. values]), ArrowBuffer.Empty, values.Count, 0, 0);

    /// <summary>A column of numbers.</summary>
    /// <param name="values">A row each.</param>
    public static DoubleArray Doubles(IReadOnlyList<double> values)
        => new(Buffer<double>([.. values]), ArrowBuffer.Empty, values.Count, 0, 0);

    /// <summary>A column of texts.</summary>
    /// <param name="values">A row each.</param>
    public static StringArray Strings(IEnumerable<string> values) => new StringArray.Builder().AppendRange(values).Build();

    /// <summary>Token ids at the width that the vocabulary allows; what points nowhere (−1) becomes the type's largest value.</summary>
    public static ListArray Ids(IReadOnlyList<int[]> rows, int vocabularySize)
        => vocabularySize <= ushort.MaxValue
            ? Lists<ushort>(UInt16Type.Default, [.. rows.Select(r => System.Array.ConvertAll(r, id => unchecked((ushort)id)))])
            : Lists<int>(Int32Type.Default, rows);

    /// <summary>The narrowest type that holds every token id of a vocabulary, and −1.</summary>
    /// <param name="vocabularySize">Tokens.</param>
    public static IArrowType IdType(int vocabularySize) => vocabularySize <= ushort.MaxValue ? UInt16Type.Default : Int32Type.Default;

    /// <summary>A whole number of one row.</summary>
    /// <param name="batch">Rows of a shard.</param>
    /// <param name="column">Its name.</param>
    /// <param name="row">0-based, in the batch.</param>
    /// <exception cref="ArtifactException">The column is missing or of another type.</exception>
    public static int Number(RecordBatch batch, string column, int row) => Column<Int32Array>(batch, column).GetValue(row) ?? 0;

    /// <summary>A number of one row.</summary>
    /// <param name="batch">Rows of a shard.</param>
    /// <param name="column">Its name.</param>
    /// <param name="row">0-based, in the batch.</param>
    /// <exception cref="ArtifactException">The column is missing or of another type.</exception>
    public static double Double(RecordBatch batch, string column, int row) => Column<DoubleArray>(batch, column).GetValue(row) ?? 0;

    /// <summary>A text of one row.</summary>
    /// <param name="batch">Rows of a shard.</param>
    /// <param name="column">Its name.</param>
    /// <param name="row">0-based, in the batch.</param>
    /// <exception cref="ArtifactException">The column is missing or of another type.</exception>
    public static string String(RecordBatch batch, string column, int row) => Column<StringArray>(batch, column).GetString(row)
        ?? throw new ArtifactException($"The column '{column}' lacks a text. Make the stage again.");

    /// <summary>The list of one row, copied out.</summary>
    public static T[] List<T>(RecordBatch batch, string column, int row)
        where T : unmanaged
    {
        var list = Column<ListArray>(batch, column);
        if (list.Values.Data.DataType is not FixedWidthType { BitWidth: var bits } || bits != 8 * Unsafe.SizeOf<T>())
        {
            throw new ArtifactException($"The column '{column}' holds {list.Values.Data.DataType.Name}, not {typeof(T).Name}: the file is of another version or kind. Make the stage again.");
        }

        int start = list.ValueOffsets[row];
        int length = list.ValueOffsets[row + 1] - start;
        return MemoryMarshal.Cast<byte, T>(list.Values.Data.Buffers[1].Span).Slice(start + list.Values.Data.Offset, length).ToArray();
    }

    /// <summary>Token ids of one row, whatever width they have on disk.</summary>
    public static int[] Ids(RecordBatch batch, string column, int row)
        => Column<ListArray>(batch, column).Values is UInt16Array
            ? System.Array.ConvertAll(List<ushort>(batch, column, row), id => id == ushort.MaxValue ? -1 : id)
            : List<int>(batch, column, row);

    private static T Column<T>(RecordBatch batch, string name)
        where T : class, IArrowArray
        => (batch.Schema.FieldsLookup.Contains(name) ? batch.Column(name) : null) as T
            ?? throw new ArtifactException($"The column '{name}' is missing or of another type than {typeof(T).Name}: the file is of another version or kind. Make the stage again.");

    private static ArrowBuffer Buffer<T>(T[] values)
        where T : unmanaged
        => new(MemoryMarshal.AsBytes<T>(values).ToArray());
}
