using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Turns stored blocks into float32.</summary>
/// <remarks>The layouts are those of ggml's <c>block_q*</c> structures (ggml-common.h). Each number is scale · code, minus an offset where the format has
/// minima; the arithmetic is float32 in the order of ggml's reference, so results are the same bits.</remarks>
public static class GgufBlocks
{
    /// <summary>Numbers of a block, and its bytes.</summary>
    public static (int Elements, int Bytes) SizeOf(GgufType type)
        => type switch
        {
            GgufType.F32 => (1, 4),
            GgufType.F16 or GgufType.BF16 => (1, 2),
            GgufType.Q4_0 => (32, 18),
            GgufType.Q4_1 => (32, 20),
            GgufType.Q5_0 => (32, 22),
            GgufType.Q5_1 => (32, 24),
            GgufType.Q8_0 => (32, 34),
            GgufType.Q2_K => (256, 84),
            GgufType.Q3_K => (256, 110),
            GgufType.Q4_K => (256, 144),
            GgufType.Q5_K => (256, 176),
            GgufType.Q6_K => (256, 210),
            GgufType.IQ4_NL => (32, 18),
            GgufType.IQ4_XS => (256, 136),
            GgufType.TQ1_0 => (256, 54),
            GgufType.TQ2_0 => (256, 66),
            GgufType.MXFP4 => (32, 17),
            GgufType.NVFP4 => (64, 36),
            GgufType.Q1_0 => (128, 18),
            GgufType.Q2_0 => (64, 18),
            GgufType.IQ1_S => (256, 50),
            GgufType.IQ1_M => (256, 56),
            GgufType.IQ2_XXS => (256, 66),
            GgufType.IQ2_XS => (256, 74),
            GgufType.IQ2_S => (256, 82),
            GgufType.IQ3_XXS => (256, 98),
            GgufType.IQ3_S => (256, 110),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a number type of GGUF files."),
        };

    /// <summary>Decodes whole blocks.</summary>
    /// <param name="type">How they are stored.</param>
    /// <param name="blocks">A whole number of blocks.</param>
    /// <param name="numbers">Room for exactly their numbers.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static void Decode(GgufType type, ReadOnlySpan<byte> blocks, Span<float> numbers)
    {
        var (elements, bytes) = SizeOf(type);
        if (blocks.Length % bytes != 0 || blocks.Length / bytes * elements != numbers.Length)
        {
            throw new ArgumentException("Blocks and numbers do not fit.", nameof(numbers));
        }

        for (int at = 0, to = 0; at < blocks.Length; at += bytes, to += elements)
        {
            DecodeBlock(type, blocks.Slice(at, bytes), numbers.Slice(to, elements));
        }
    }

    private static void DecodeBlock(GgufType type, ReadOnlySpan<byte> block, Span<float> numbers)
    {
        switch (type)
        {
            case GgufType.F32:
                numbers[0] = BinaryPrimitives.ReadSingleLittleEndian(block);
                break;
            case GgufType.F16:
                numbers[0] = Half(block);
                break;
            case GgufType.BF16:
                numbers[0] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(block) << 16);
                break;
            case GgufType.Q4_0:
                DecodeNibbles(block[2..], default, Half(block), 0, -8, numbers);
                break;
            case GgufType.Q4_1:
                DecodeNibbles(block[4..], default, Half(block), Half(block[2..]), 0, numbers);
                break;
            case GgufType.Q5_0:
                DecodeNibbles(block[6..], block.Slice(2, 4), Half(block), 0, -16, numbers);
                break;
            case GgufType.Q5_1:
                DecodeNibbles(block[8..], block.Slice(4, 4), Half(block), Half(block[2..]), 0, numbers);
                break;
            case GgufType.Q8_0:
                float scale = Half(block);
                var codes = MemoryMarshal.Cast<byte, sbyte>(block[2..]);
                for (int i = 0; i < 32; i++)
                {
                    numbers[i] = codes[i] * scale;
                }

                break;
            case GgufType.IQ4_NL or GgufType.IQ4_XS or GgufType.TQ1_0 or GgufType.TQ2_0 or GgufType.MXFP4 or GgufType.NVFP4 or GgufType.Q1_0 or GgufType.Q2_0:
                GgufTableBlocks.Decode(type, block, numbers);
                break;
            case GgufType.IQ1_S or GgufType.IQ1_M or GgufType.IQ2_XXS or GgufType.IQ2_XS or GgufType.IQ2_S or GgufType.IQ3_XXS or GgufType.IQ3_S:
                GgufGridBlocks.Decode(type, block, numbers);
                break;
            default:
                GgufSuperBlocks.Decode(type, block, numbers);
                break;
        }
    }

    /// <summary>A float16.</summary>
    internal static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    // Number i has the low half of byte i, number i + 16 the high half; bit i of the fifth bits is number i's.
    private static void DecodeNibbles(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> fifthBits, float scale, float minimum, int offset, Span<float> numbers)
    {
        uint fifth = fifthBits.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(fifthBits);
        for (int i = 0; i < 16; i++)
        {
            int low = (codes[i] & 15) | (int)((fifth >> i) << 4 & 16);
            int high = (codes[i] >> 4) | (int)((fifth >> (i + 16)) << 4 & 16);
            numbers[i] = ((low + offset) * scale) + minimum;
            numbers[i + 16] = ((high + offset) * scale) + minimum;
        }
    }
}
