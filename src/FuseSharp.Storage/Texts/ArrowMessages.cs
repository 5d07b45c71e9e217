using System.Buffers.Binary;

namespace FuseSharp.Storage.Texts;

/// <summary>Goes through the messages of an Arrow stream or file and checks every length and place that a reader would take on trust.</summary>
/// <remarks>The library takes memory by these numbers before it looks whether the file has so much, and follows nested fields by recursion.</remarks>
/// <param name="stream">The file, read from its start.</param>
internal sealed class ArrowMessages(Stream stream)
{
    private const int LongestMetadata = 64 << 20;
    private const int DeepestField = 32;
    private const int MostFields = 10_000;
    private const long LeastUncompressed = 64L << 20; // so much a batch may always take
    private const int LargestRatio = 1024; // and so many times the file's size

    private int _fields;

    /// <summary>Checks a file, and goes back to its start.</summary>
    /// <exception cref="InvalidDataException">A number does not fit the file.</exception>
    public void Check()
    {
        Span<byte> start = stackalloc byte[8];
        bool isFile = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start[..6].SequenceEqual("ARROW1"u8);
        if (isFile)
        {
            CheckFooter();
        }
        else
        {
            for (long at = 0; CheckMessage(at) is { } next;)
            {
                at = next;
            }
        }

        stream.Position = 0;
    }

    private void CheckFooter()
    {
        byte[] end = At(stream.Length - 10, 10);
        int length = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (!end.AsSpan(4).SequenceEqual("ARROW1"u8) || length <= 0 || length > Math.Min(LongestMetadata, stream.Length - 18))
        {
            throw new InvalidDataException("The end of the file is missing.");
        }

        var footer = FlatTable.Root(At(stream.Length - 10 - length, length));
        CheckSchema(footer.Table(1));
        _ = footer.Length(4, 4, out _);
        foreach (int list in new[] { 2, 3 })
        {
            int count = footer.Length(list, 24, out int first);
            for (int i = 0; i < count; i++)
            {
                long at = footer.WholeAt(first + (24 * i));
                long next = (at % 8 == 0 ? CheckMessage(at) : null) ?? throw new InvalidDataException("The list of batches names a place where there is none.");
                if (next - at != footer.HalfAt(first + (24 * i) + 8) + footer.WholeAt(first + (24 * i) + 16))
                {
                    throw new InvalidDataException("The list of batches gives one of them another length than it has.");
                }
            }
        }
    }

    // Where the next message begins, or null at the stream's end.
    private long? CheckMessage(long at)
    {
        if (at < 0 || at > stream.Length - 4)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(At(at, 4));
        long metadata = at + 4;
        if (length == -1)
        {
            length = BinaryPrimitives.ReadInt32LittleEndian(At(metadata, 4));
            metadata += 4;
        }

        if (length == 0)
        {
            return null;
        }

        if (length < 0 || length > LongestMetadata || length > stream.Length - metadata)
        {
            throw new InvalidDataException(FormattableString.Invariant($"A message at byte {at} says it has {length} bytes of metadata; the file has {stream.Length - metadata} more."));
        }

        var message = FlatTable.Root(At(metadata, length));
        long body = message.Number(3, 8);
        long bodyAt = metadata + length;
        if (body < 0 || body > stream.Length - bodyAt)
        {
            throw new InvalidDataException(FormattableString.Invariant($"A message at byte {at} says it has {body} bytes of data; the file has {stream.Length - bodyAt} more."));
        }

        _ = message.Length(4, 4, out _);
        var header = message.Table(2);
        switch (message.Number(1, 1))
        {
            case 1:
                CheckSchema(header);
                break;
            case 2:
                CheckBatch(header?.Table(1), bodyAt, body);
                break;
            case 3:
                CheckBatch(header, bodyAt, body);
                break;
            default:
                throw new InvalidDataException(FormattableString.Invariant($"A message at byte {at} is of a kind that is not read."));
        }

        return bodyAt + body;
    }

    private void CheckSchema(FlatTable? schema)
    {
        _fields = 0;
        CheckFields(schema ?? throw new InvalidDataException("A schema is missing."), 1, 0);
        _ = schema.Value.Length(2, 4, out _);
    }

    private void CheckFields(FlatTable owner, int list, int depth)
    {
        int count = owner.Length(list, 4, out int first);
        _fields += count;
        if (depth > DeepestField || _fields > MostFields)
        {
            throw new InvalidDataException(FormattableString.Invariant($"Its columns are nested more than {DeepestField} deep, or more than {MostFields}."));
        }

        for (int i = 0; i < count; i++)
        {
            var field = owner.Entry(first, i);
            _ = field.Length(0, 1, out _);
            _ = field.Length(6, 4, out _);
            if (field.Number(2, 1) == 14)
            {
                _ = field.Table(3)?.Length(1, 4, out _); // a union's list of kinds
            }

            CheckFields(field, 5, depth + 1);
        }
    }

    private void CheckBatch(FlatTable? header, long bodyAt, long body)
    {
        var batch = header ?? throw new InvalidDataException("A batch is missing.");
        int nodes = batch.Length(1, 16, out int firstNode);
        bool isNegative = batch.Number(0, 8) is < 0 or > int.MaxValue;
        for (int i = 0; i < nodes; i++)
        {
            isNegative |= batch.WholeAt(firstNode + (16 * i)) is < 0 or > int.MaxValue || batch.WholeAt(firstNode + (16 * i) + 8) is < 0 or > int.MaxValue;
        }

        int buffers = batch.Length(2, 16, out int firstBuffer);
        bool isCompressed = batch.Table(3) is not null;
        long uncompressed = 0;
        for (int i = 0; i < buffers; i++)
        {
            long offset = batch.WholeAt(firstBuffer + (16 * i));
            long length = batch.WholeAt(firstBuffer + (16 * i) + 8);
            if (isNegative || offset < 0 || length < 0 || offset > body || length > body - offset)
            {
                throw new InvalidDataException("A batch names rows or data that it does not have.");
            }

            uncompressed += isCompressed && length >= 8 ? Math.Max(0, BinaryPrimitives.ReadInt64LittleEndian(At(bodyAt + offset, 8))) : 0;
            if (uncompressed < 0 || uncompressed > Math.Max(LeastUncompressed, LargestRatio * stream.Length))
            {
                throw new InvalidDataException("A batch says that its compressed data become more than such data can.");
            }
        }

        int variadic = batch.Length(4, 8, out int firstCount);
        for (int i = 0; i < variadic; i++)
        {
            isNegative |= batch.WholeAt(firstCount + (8 * i)) < 0 || batch.WholeAt(firstCount + (8 * i)) > buffers;
        }

        if (isNegative)
        {
            throw new InvalidDataException("A batch names rows or data that it does not have.");
        }
    }

    private byte[] At(long place, int count)
    {
        if (place < 0 || place > stream.Length - count)
        {
            throw new InvalidDataException("It ends too early.");
        }

        byte[] bytes = new byte[count];
        stream.Position = place;
        stream.ReadExactly(bytes);
        return bytes;
    }
}
