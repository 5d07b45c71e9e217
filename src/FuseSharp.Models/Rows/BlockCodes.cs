using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Rows;

/// <summary>Takes a stored block apart: codes, and the scales and minima of its groups, so that number = scale · (what the code stands for) + minimum.</summary>
/// <remarks>Layouts are those of <see cref="GgufBlocks"/>, which writes the same numbers out.</remarks>
internal static class BlockCodes
{
    private static readonly sbyte[] _centred = [-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7];
    private static readonly sbyte[] _plain = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    private static readonly sbyte[] _uneven = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>How a type is kept; null for those that are written out instead.</summary>
    /// <param name="type">Of the file.</param>
    public static CodeForm? FormOf(GgufType type) => type switch
    {
        GgufType.Q4_0 => new CodeForm(32, _centred, false),
        GgufType.IQ4_NL or GgufType.IQ4_XS => new CodeForm(32, _uneven, false),
        GgufType.Q4_1 or GgufType.Q4_K => new CodeForm(32, _plain, true),
        GgufType.Q8_0 or GgufType.Q5_0 => new CodeForm(32, null, false),
        GgufType.Q5_1 or GgufType.Q5_K => new CodeForm(32, null, true),
        GgufType.Q6_K => new CodeForm(16, null, false),
        _ => null,
    };

    /// <summary>Takes a block apart.</summary>
    /// <param name="type">One that <see cref="FormOf"/> knows.</param>
    /// <param name="block">A single block.</param>
    /// <param name="codes">Gets a code a number: 0–15 where there is a table.</param>
    /// <param name="scales">Gets a scale a group.</param>
    /// <param name="minima">Gets a minimum a group, where the form has some.</param>
    public static void Split(GgufType type, ReadOnlySpan<byte> block, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        switch (type)
        {
            case GgufType.Q4_0 or GgufType.IQ4_NL:
                scales[0] = Half(block);
                Halves(block[2..], default, 0, codes);
                break;
            case GgufType.Q4_1:
                (scales[0], minima[0]) = (Half(block), Half(block[2..]));
                Halves(block[4..], default, 0, codes);
                break;
            case GgufType.Q5_0:
                scales[0] = Half(block);
                Halves(block[6..], block.Slice(2, 4), -16, codes);
                break;
            case GgufType.Q5_1:
                (scales[0], minima[0]) = (Half(block), Half(block[2..]));
                Halves(block[8..], block.Slice(4, 4), 0, codes);
                break;
            case GgufType.Q8_0:
                scales[0] = Half(block);
                MemoryMarshal.Cast<byte, sbyte>(block[2..]).CopyTo(codes);
                break;
            case GgufType.IQ4_XS:
                Uneven(block, codes, scales);
                break;
            case GgufType.Q4_K:
                Groups(block, default, block[16..], codes, scales, minima);
                break;
            case GgufType.Q5_K:
                Groups(block, block.Slice(16, 32), block[48..], codes, scales, minima);
                break;
            case GgufType.Q6_K:
                Sixes(block, codes, scales);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type that is kept in blocks.");
        }
    }

    private static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    // Number i has the low half of byte i, number i + 16 the high half; bit i of the fifth bits is number i's.
    private static void Halves(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> fifthBits, int offset, Span<sbyte> codes)
    {
        uint fifth = fifthBits.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(fifthBits);
        for (int i = 0; i < 16; i++)
        {
            codes[i] = (sbyte)(((bytes[i] & 15) | (int)((fifth >> i) << 4 & 16)) + offset);
            codes[i + 16] = (sbyte)(((bytes[i] >> 4) | (int)((fifth >> (i + 16)) << 4 & 16)) + offset);
        }
    }

    // Eight groups of 32 whose scales and minima have six bits each.
    private static void Groups(ReadOnlySpan<byte> block, ReadOnlySpan<byte> fifthBits, ReadOnlySpan<byte> halves, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        float scale = Half(block);
        float minimumScale = Half(block[2..]);
        var packed = block.Slice(4, 12);
        for (int g = 0; g < 8; g++)
        {
            scales[g] = scale * (g < 4 ? packed[g] & 63 : (packed[g + 4] & 15) | (packed[g - 4] >> 6 << 4));
            minima[g] = -(minimumScale * (g < 4 ? packed[g + 4] & 63 : (packed[g + 4] >> 4) | (packed[g] >> 6 << 4)));
            var bytes = halves.Slice(g / 2 * 32, 32);
            for (int i = 0; i < 32; i++)
            {
                int fifth = fifthBits.IsEmpty ? 0 : ((fifthBits[i] >> g) & 1) << 4;
                codes[(g * 32) + i] = (sbyte)(((bytes[i] >> (g % 2 * 4)) & 15) | fifth);
            }
        }
    }

    // Eight groups of 32 whose scales have six bits each.
    private static void Uneven(ReadOnlySpan<byte> block, Span<sbyte> codes, Span<float> scales)
    {
        float scale = Half(block);
        int upper = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        for (int g = 0; g < 8; g++)
        {
            scales[g] = scale * ((((block[4 + (g / 2)] >> (g % 2 * 4)) & 15) | (((upper >> (2 * g)) & 3) << 4)) - 32);
            Halves(block[(8 + (16 * g))..], default, 0, codes[(32 * g)..]);
        }
    }

    // Sixteen groups of 16 with signed scales of eight bits.
    private static void Sixes(ReadOnlySpan<byte> block, Span<sbyte> codes, Span<float> scales)
    {
        float scale = Half(block[208..]);
        for (int i = 0; i < 256; i++)
        {
            int half = i / 128;
            int quarter = i / 32 % 4; // of the half: which bits of the shared bytes
            int low = (block[(half * 64) + (quarter % 2 * 32) + (i % 32)] >> (quarter / 2 * 4)) & 15;
            int high = (block[128 + (half * 32) + (i % 32)] >> (quarter * 2)) & 3;
            codes[i] = (sbyte)((low | (high << 4)) - 32);
            scales[i / 16] = scale * (sbyte)block[192 + (i / 16)];
        }
    }
}
