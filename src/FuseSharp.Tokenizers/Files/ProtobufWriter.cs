using System.Buffers;
using System.Buffers.Binary;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Writes fields of a protobuf message; <see cref="ProtobufReader"/> is its counterpart.</summary>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Content => _bytes.WrittenSpan;

    /// <summary>A whole number.</summary>
    public void Number(int field, ulong value)
    {
        Variable((ulong)field << 3);
        Variable(value);
    }

    /// <summary>A float32.</summary>
    public void Single(int field, float value)
    {
        Variable(((ulong)field << 3) | 5);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _bytes.Write(bytes);
    }

    /// <summary>Bytes, a text, or a message of its own.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Variable(((ulong)field << 3) | 2);
        Variable((ulong)value.Length);
        _bytes.Write(value);
    }

    private void Variable(ulong value)
    {
        for (; value >= 128; value >>= 7)
        {
            _bytes.Write([(byte)(value | 128)]);
        }

        _bytes.Write([(byte)value]);
    }
}
