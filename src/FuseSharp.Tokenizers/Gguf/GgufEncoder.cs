using System.Buffers.Binary;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Turns float32 into the types that files are written in.</summary>
public static class GgufEncoder
{
    private const int BlockSize = 32;

    /// <summary>Encodes whole blocks.</summary>
    /// <param name="type">F32, F16, BF16 or Q8_0.</param>
    /// <param name="numbers">A whole number of blocks.</param>
    /// <param name="bytes">Room for exactly them.</param>
    public static void Encode(GgufType type, ReadOnlySpan<float> numbers, Span<byte> bytes)
    {
        var (elements, size) = GgufBlocks.SizeOf(type);
        for (int from = 0, to = 0; from < numbers.Length; from += elements, to += size)
        {
            var block = bytes.Slice(to, size);
            switch (type)
            {
                case GgufType.F32:
                    BinaryPrimitives.WriteSingleLittleEndian(block, numbers[from]);
                    break;
                case GgufType.F16:
                    BinaryPrimitives.WriteHalfLittleEndian(block, (Half)numbers[from]);
                    break;
                case GgufType.BF16:
                    BinaryPrimitives.WriteUInt16LittleEndian(block, Bfloat16(numbers[from]));
                    break;
                case GgufType.Q8_0:
                    EncodeQ8(numbers.Slice(from, BlockSize), block);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(type), type, "Files are written in F32, F16, BF16 or Q8_0.");
            }
        }
    }

    // ggml's reference (quantize_row_q8_0_ref): the largest number becomes ±127, halves round away from 0.
    private static void EncodeQ8(ReadOnlySpan<float> numbers, Span<byte> block)
    {
        float largest = 0;
        foreach (float number in numbers)
        {
            largest = MathF.Max(largest, MathF.Abs(number));
        }

        float scale = largest / 127;
        float inverse = scale > 0 ? 1 / scale : 0;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        for (int i = 0; i < BlockSize; i++)
        {
            block[2 + i] = unchecked((byte)(sbyte)MathF.Round(numbers[i] * inverse, MidpointRounding.AwayFromZero));
        }
    }

    // To the nearest, ties to even; a NaN stays one.
    private static ushort Bfloat16(float number)
    {
        uint bits = BitConverter.SingleToUInt32Bits(number);
        return float.IsNaN(number) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
