using System.Buffers.Binary;

namespace FuseSharp.Storage.Texts;

/// <summary>A table of a FlatBuffers message, read with every place checked: a place outside of the message is a fault, never memory of the process.</summary>
/// <param name="message">The message's bytes.</param>
/// <param name="at">Where the table begins.</param>
internal readonly struct FlatTable(ReadOnlyMemory<byte> message, int at)
{
    /// <summary>The table that a message begins with.</summary>
    public static FlatTable Root(ReadOnlyMemory<byte> message) => new FlatTable(message, 0).Follow(0);

    /// <summary>A number of a field; 0 where it is not set.</summary>
    /// <param name="field">Its place in the schema.</param>
    /// <param name="size">Its bytes: 1, 2, 4 or 8.</param>
    public long Number(int field, int size)
    {
        int place = PlaceOf(field);
        return place < 0 ? 0 : size switch
        {
            1 => Bytes(place, 1)[0],
            2 => BinaryPrimitives.ReadInt16LittleEndian(Bytes(place, 2)),
            4 => BinaryPrimitives.ReadInt32LittleEndian(Bytes(place, 4)),
            _ => BinaryPrimitives.ReadInt64LittleEndian(Bytes(place, 8)),
        };
    }

    /// <summary>A table that a field holds; null where it is not set.</summary>
    public FlatTable? Table(int field) => PlaceOf(field) is >= 0 and var place ? Follow(place) : null;

    /// <summary>The number of entries of a list that a field holds, all of them inside of the message.</summary>
    /// <param name="field">Its place in the schema.</param>
    /// <param name="size">Bytes of an entry.</param>
    /// <param name="first">Where the entries begin.</param>
    public int Length(int field, int size, out int first)
    {
        first = 0;
        int place = PlaceOf(field);
        if (place < 0)
        {
            return 0;
        }

        var list = Follow(place);
        int count = BinaryPrimitives.ReadInt32LittleEndian(list.Bytes(list.At, 4));
        first = list.At + 4;
        return count >= 0 && (long)count * size <= message.Length - first ? count : throw Outside();
    }

    /// <summary>Where the table begins.</summary>
    public int At => at;

    /// <summary>The table that an entry of a list of tables stands for.</summary>
    public FlatTable Entry(int first, int index) => Follow(first + (4 * index));

    /// <summary>A whole number of 64 bits at a place.</summary>
    public long WholeAt(int place) => BinaryPrimitives.ReadInt64LittleEndian(Bytes(place, 8));

    /// <summary>A whole number of 32 bits at a place.</summary>
    public int HalfAt(int place) => BinaryPrimitives.ReadInt32LittleEndian(Bytes(place, 4));

    private FlatTable Follow(int place)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(Bytes(place, 4));
        return offset >= 4 && offset <= message.Length - place - 4 ? new FlatTable(message, place + (int)offset) : throw Outside();
    }

    // The table begins with the way back to the list of its fields' places.
    private int PlaceOf(int field)
    {
        long fields = at - (long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(at, 4));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(Bytes(fields, 4));
        int entry = 4 + (2 * field);
        int offset = entry + 2 <= size ? BinaryPrimitives.ReadUInt16LittleEndian(Bytes(fields + entry, 2)) : 0;
        return offset == 0 ? -1 : at + offset;
    }

    private ReadOnlySpan<byte> Bytes(long place, int count)
        => place >= 0 && place <= message.Length - count ? message.Span.Slice((int)place, count) : throw Outside();

    private static InvalidDataException Outside() => new("A message names a place outside of itself.");
}
