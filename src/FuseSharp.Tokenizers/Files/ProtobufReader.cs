using System.Buffers.Binary;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads the fields of a protobuf message one after the other.</summary>
/// <param name="bytes">The message.</param>
/// <param name="path">How to name the file.</param>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes, string path)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>Number of the field just read.</summary>
    public int Field { get; private set; }

    /// <summary>Its value, where it is a number.</summary>
    public ulong Number { get; private set; }

    /// <summary>Its value, where it is a string, bytes or a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Its value, where it is a 32-bit float.</summary>
    public readonly float Single => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>Goes on to the next field.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="ModelException">The message breaks off or holds no such field.</exception>
    public bool Next()
    {
        if (_at == _bytes.Length)
        {
            return false;
        }

        ulong key = ReadVarint();
        Field = (int)Math.Min(key >> 3, int.MaxValue);
        Number = 0;
        Bytes = default;
        switch (key & 7)
        {
            case 0:
                Number = ReadVarint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                Bytes = Take(ReadVarint());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw Error("a field of an unknown kind");
        }

        return Field > 0 ? true : throw Error("field number 0");
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Error("a number of more than 64 bits");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _at))
        {
            throw Error("an end in the middle of a field");
        }

        var taken = _bytes.Slice(_at, (int)count);
        _at += (int)count;
        return taken;
    }

    private readonly ModelException Error(string found)
        => new($"'{path}' has {found} at byte {_at} of a message of {_bytes.Length}; expected a SentencePiece model. Copy or download the file again.");
}
