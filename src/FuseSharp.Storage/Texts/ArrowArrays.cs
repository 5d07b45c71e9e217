using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace FuseSharp.Storage.Texts;

/// <summary>Checks that the places which arrays of a record batch name lie inside of their data: the library reads wherever they point.</summary>
internal static class ArrowArrays
{
    // Rows that take no memory: nothing else bounds them.
    private const int MostEmpty = 1 << 20;

    /// <summary>Checks the columns of a batch.</summary>
    /// <exception cref="InvalidDataException">A length or place is wrong.</exception>
    public static void Check(RecordBatch batch)
    {
        for (int c = 0; c < batch.ColumnCount; c++)
        {
            var data = batch.Column(c).Data;
            Require(data.Offset >= 0 && data.Length >= batch.Length, "has fewer rows than the batch");
            Check(data);
        }

        Require(batch.ColumnCount > 0 || batch.Length <= MostEmpty, "has rows without columns");
    }

    private static void Check(ArrayData data)
    {
        long end = (long)data.Offset + data.Length;
        Require(data.Offset >= 0 && data.Length >= 0 && end <= int.MaxValue, "has a negative length");
        var type = data.DataType is ExtensionType extension ? extension.StorageType : data.DataType;
        if (type is not (NullType or UnionType) && data.Buffers.Length > 0 && !data.Buffers[0].IsEmpty)
        {
            Require(data.Buffers[0].Length * 8L >= end, "has too few bits that say which rows are empty");
        }

        switch (type)
        {
            case StringType or BinaryType:
                CheckOffsets<int>(data, Buffer(data, 2).Length, o => o);
                break;
            case LargeStringType or LargeBinaryType:
                CheckOffsets<long>(data, Buffer(data, 2).Length, o => o);
                break;
            case StringViewType or BinaryViewType:
                CheckViews(data, (int)end);
                break;
            case ListType or MapType:
                CheckOffsets<int>(data, Child(data, 0).Length, o => o);
                Check(Child(data, 0));
                break;
            case LargeListType:
                CheckOffsets<long>(data, Child(data, 0).Length, o => o);
                Check(Child(data, 0));
                break;
            case FixedSizeListType list:
                Require(list.ListSize >= 0 && Child(data, 0).Length >= end * list.ListSize && (list.ListSize > 0 || end <= MostEmpty), "has too short lists");
                Check(Child(data, 0));
                break;
            case StructType structure:
                Require(data.Children?.Length == structure.Fields.Count && (structure.Fields.Count > 0 || end <= MostEmpty), "lacks fields");
                foreach (var child in data.Children ?? [])
                {
                    Require(child.Length >= end, "has a field with fewer rows");
                    Check(child);
                }

                break;
            case DictionaryType dictionary:
                var values = data.Dictionary ?? throw Wrong("lacks its values");
                CheckWidth(data, dictionary.IndexType, end);
                Check(values);
                break;
            case NullType:
                Require(end <= MostEmpty, "has too many empty rows");
                break;
            case BooleanType:
                Require(Buffer(data, 1).Length * 8L >= end, "has too few values");
                break;
            case FixedWidthType:
                CheckWidth(data, type, end);
                break;
        }
    }

    private static void CheckWidth(ArrayData data, IArrowType type, long end)
        => Require(type is FixedWidthType { BitWidth: > 0 } fixedWidth && Buffer(data, 1).Length * 8L >= end * fixedWidth.BitWidth, "has too few values");

    private static void CheckOffsets<T>(ArrayData data, long limit, Func<T, long> number)
        where T : unmanaged
    {
        if (data.Length == 0)
        {
            return;
        }

        var offsets = MemoryMarshal.Cast<byte, T>(Buffer(data, 1).Span);
        Require(offsets.Length > data.Offset + data.Length, "has too few places");
        long before = 0;
        foreach (var offset in offsets.Slice(data.Offset, data.Length + 1))
        {
            long place = number(offset);
            Require(place >= before && place <= limit, "names places outside of its data");
            before = place;
        }
    }

    // 16 bytes each: the length, then up to 12 bytes of text, or its beginning, a buffer and a place in it.
    private static void CheckViews(ArrayData data, int end)
    {
        var views = MemoryMarshal.Cast<byte, int>(Buffer(data, 1).Span);
        Require(views.Length >= 4L * end, "has too few views");
        for (int i = data.Offset; i < end; i++)
        {
            var view = views.Slice(4 * i, 4);
            Require(view[0] >= 0, "has a text of negative length");
            if (view[0] > 12)
            {
                Require(view[2] >= 0 && view[2] + 2 < data.Buffers.Length && view[3] >= 0 && (long)view[3] + view[0] <= data.Buffers[view[2] + 2].Length, "names places outside of its data");
            }
        }
    }

    private static ArrowBuffer Buffer(ArrayData data, int index) => index < data.Buffers.Length ? data.Buffers[index] : throw Wrong("lacks data");

    private static ArrayData Child(ArrayData data, int index) => data.Children is { } children && index < children.Length ? children[index] : throw Wrong("lacks its entries");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Wrong(otherwise);
        }
    }

    private static InvalidDataException Wrong(string what) => new($"A column {what}.");
}
