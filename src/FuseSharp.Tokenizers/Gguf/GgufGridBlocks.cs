using System.Buffers.Binary;
using System.Numerics;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Decodes formats whose codes are points of a grid, 4 or 8 numbers at once (IQ1, IQ2, IQ3): blocks of 256 numbers in 8 groups of 32.</summary>
internal static class GgufGridBlocks
{
    private const float Shift = 0.125f; // of all points of IQ1, up or down

    /// <summary>Decodes one block.</summary>
    public static void Decode(GgufType type, ReadOnlySpan<byte> block, Span<float> numbers)
    {
        for (int g = 0; g < 8; g++)
        {
            var group = numbers.Slice(32 * g, 32);
            switch (type)
            {
                case GgufType.IQ2_XXS:
                    Decode2Xxs(block, g, group);
                    break;
                case GgufType.IQ2_XS:
                    Decode2Xs(block, g, group);
                    break;
                case GgufType.IQ2_S:
                    Decode2S(block, g, group);
                    break;
                case GgufType.IQ3_XXS:
                    Decode3Xxs(block, g, group);
                    break;
                case GgufType.IQ3_S:
                    Decode3S(block, g, group);
                    break;
                case GgufType.IQ1_S:
                    Decode1S(block, g, group);
                    break;
                case GgufType.IQ1_M:
                    Decode1M(block, g, group);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(type), type, "Not a format with a grid.");
            }
        }
    }

    // float16 scale; of each group 4 points, and 32 bits: four times 7 signs, 4 bits of scale.
    private static void Decode2Xxs(ReadOnlySpan<byte> block, int g, Span<float> group)
    {
        var codes = block.Slice(2 + (8 * g), 8);
        uint rest = BinaryPrimitives.ReadUInt32LittleEndian(codes[4..]);
        float scale = GgufBlocks.Half(block) * (0.5f + (rest >> 28)) * 0.25f;
        for (int l = 0; l < 4; l++)
        {
            Write(GgufGrids.Iq2Xxs.AsSpan(8 * codes[l], 8), Signs((int)(rest >> (7 * l)) & 127), scale, group[(8 * l)..]);
        }
    }

    // float16 scale; 32 times 9 bits of a point and 7 signs; of each group two scales of 4 bits.
    private static void Decode2Xs(ReadOnlySpan<byte> block, int g, Span<float> group)
    {
        for (int l = 0; l < 4; l++)
        {
            int code = BinaryPrimitives.ReadUInt16LittleEndian(block[(2 + (8 * g) + (2 * l))..]);
            float scale = GgufBlocks.Half(block) * (0.5f + ((block[66 + g] >> (l / 2 * 4)) & 15)) * 0.25f;
            Write(GgufGrids.Iq2Xs.AsSpan(8 * (code & 511), 8), Signs(code >> 9), scale, group[(8 * l)..]);
        }
    }

    // float16 scale; 32 bytes of points, 32 of signs, 8 of points' upper two bits; of each group two scales of 4 bits.
    private static void Decode2S(ReadOnlySpan<byte> block, int g, Span<float> group)
    {
        for (int l = 0; l < 4; l++)
        {
            int code = block[2 + (4 * g) + l] | (((block[66 + g] >> (2 * l)) & 3) << 8);
            float scale = GgufBlocks.Half(block) * (0.5f + ((block[74 + g] >> (l / 2 * 4)) & 15)) * 0.25f;
            Write(GgufGrids.Iq2S.AsSpan(8 * code, 8), block[34 + (4 * g) + l], scale, group[(8 * l)..]);
        }
    }

    // float16 scale; 64 bytes of points; of each group 32 bits: four times 7 signs, 4 bits of scale.
    private static void Decode3Xxs(ReadOnlySpan<byte> block, int g, Span<float> group)
    {
        uint rest = BinaryPrimitives.ReadUInt32LittleEndian(block[(66 + (4 * g))..]);
        float scale = GgufBlocks.Half(block) * (0.5f + (rest >> 28)) * 0.5f;
        for (int l = 0; l < 8; l++)
        {
            int signs = Signs((int)(rest >> (7 * (l / 2))) & 127) >> (l % 2 * 4);
            Write(GgufGrids.Iq3Xxs.AsSpan(4 * block[2 + (8 * g) + l], 4), signs, scale, group[(4 * l)..]);
        }
    }

    // float16 scale; 64 bytes of points, 8 of their ninth bits, 32 of signs, 8 scales of 4 bits.
    private static void Decode3S(ReadOnlySpan<byte> block, int g, Span<float> group)
    {
        float scale = GgufBlocks.Half(block) * (1 + (2 * ((block[106 + (g / 2)] >> (g % 2 * 4)) & 15)));
        for (int l = 0; l < 8; l++)
        {
            int code = block[2 + (8 * g) + l] | (((block[66 + g] >> l) & 1) << 8);
            Write(GgufGrids.Iq3S.AsSpan(4 * code, 4), block[74 + (4 * g) + (l / 2)] >> (l % 2 * 4), scale, group[(4 * l)..]);
        }
    }

    // float16 scale; 32 bytes of points; of each group 16 bits: four times the points' upper three, 3 bits of scale, the shift's sign.
    private static void Decode1S(ReadOnlySpan<byte> block, int g, Span<float> group)
    {
        int rest = BinaryPrimitives.ReadUInt16LittleEndian(block[(34 + (2 * g))..]);
        float scale = GgufBlocks.Half(block) * ((2 * ((rest >> 12) & 7)) + 1);
        for (int l = 0; l < 4; l++)
        {
            WriteShifted(block[2 + (4 * g) + l] | (((rest >> (3 * l)) & 7) << 8), (rest & 0x8000) != 0, scale, group[(8 * l)..]);
        }
    }

    // 32 bytes of points; 16 bytes of two times three upper bits and the shift's sign; four times 16 bits, whose upper four are the float16 scale and the others four scales of 3 bits.
    private static void Decode1M(ReadOnlySpan<byte> block, int g, Span<float> group)
    {
        int whole = 0;
        for (int i = 0; i < 4; i++)
        {
            whole |= block[49 + (2 * i)] >> 4 << (4 * i);
        }

        int scales = BinaryPrimitives.ReadUInt16LittleEndian(block[(48 + (g / 2 * 2))..]) >> (6 * (g % 2));
        for (int l = 0; l < 4; l++)
        {
            int rest = block[32 + (2 * g) + (l / 2)] >> (l % 2 * 4);
            float scale = (float)BitConverter.UInt16BitsToHalf((ushort)whole) * ((2 * ((scales >> (3 * (l / 2))) & 7)) + 1);
            WriteShifted(block[(4 * g) + l] | ((rest & 7) << 8), (rest & 8) != 0, scale, group[(8 * l)..]);
        }
    }

    // Seven signs; the eighth makes their number even.
    private static int Signs(int seven) => seven | ((BitOperations.PopCount((uint)seven) & 1) << 7);

    private static void Write(ReadOnlySpan<sbyte> point, int signs, float scale, Span<float> numbers)
    {
        for (int j = 0; j < point.Length; j++)
        {
            numbers[j] = scale * point[j] * (((signs >> j) & 1) == 0 ? 1f : -1f);
        }
    }

    private static void WriteShifted(int code, bool isDown, float scale, Span<float> numbers)
    {
        for (int j = 0; j < 8; j++)
        {
            numbers[j] = scale * (GgufGrids.Iq1[(8 * code) + j] + (isDown ? -Shift : Shift));
        }
    }
}
