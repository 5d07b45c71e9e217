using System.Buffers.Binary;

namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Decodes formats whose codes are places in a short table (IQ4_NL, IQ4_XS, MXFP4, NVFP4) or small whole numbers (TQ1_0, TQ2_0, Q1_0, Q2_0).</summary>
internal static class GgufTableBlocks
{
    private static readonly sbyte[] _uneven = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    // FP4 (E2M1) times two.
    private static readonly sbyte[] _fp4 = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    private static readonly byte[] _powers = [1, 3, 9, 27, 81];

    /// <summary>Decodes one block.</summary>
    public static void Decode(GgufType type, ReadOnlySpan<byte> block, Span<float> numbers)
    {
        switch (type)
        {
            case GgufType.IQ4_NL:
                DecodeHalves(block[2..], 16, _uneven, GgufBlocks.Half(block), numbers);
                break;
            case GgufType.IQ4_XS:
                DecodeXs(block, numbers);
                break;
            case GgufType.MXFP4:
                DecodeHalves(block[1..], 16, _fp4, HalfOfPower(block[0]), numbers);
                break;
            case GgufType.NVFP4:
                for (int g = 0; g < 4; g++)
                {
                    DecodeHalves(block[(4 + (8 * g))..], 8, _fp4, HalfOfFp8(block[g]), numbers[(16 * g)..]);
                }

                break;
            case GgufType.Q1_0:
                for (int i = 0; i < 128; i++)
                {
                    numbers[i] = ((block[2 + (i / 8)] >> (i % 8)) & 1) == 1 ? GgufBlocks.Half(block) : -GgufBlocks.Half(block);
                }

                break;
            case GgufType.Q2_0:
                for (int i = 0; i < 64; i++)
                {
                    numbers[i] = (((block[2 + (i / 4)] >> (i % 4 * 2)) & 3) - 1) * GgufBlocks.Half(block);
                }

                break;
            case GgufType.TQ1_0:
                DecodeFifths(block, numbers);
                break;
            case GgufType.TQ2_0:
                float scale = GgufBlocks.Half(block[64..]);
                for (int i = 0; i < 256; i++)
                {
                    numbers[i] = (((block[(i / 128 * 32) + (i % 32)] >> (i / 32 % 4 * 2)) & 3) - 1) * scale;
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a format with a table.");
        }
    }

    // Number i has the low half of byte i, the high halves follow.
    private static void DecodeHalves(ReadOnlySpan<byte> codes, int bytes, sbyte[] table, float scale, Span<float> numbers)
    {
        for (int i = 0; i < bytes; i++)
        {
            numbers[i] = scale * table[codes[i] & 15];
            numbers[i + bytes] = scale * table[codes[i] >> 4];
        }
    }

    // float16 scale, 8 pairs of upper bits and 8 lower halves of the groups' scales, 128 bytes of codes.
    private static void DecodeXs(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        float scale = GgufBlocks.Half(block);
        int upper = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        for (int g = 0; g < 8; g++)
        {
            int group = ((block[4 + (g / 2)] >> (g % 2 * 4)) & 15) | (((upper >> (2 * g)) & 3) << 4);
            DecodeHalves(block[(8 + (16 * g))..], 16, _uneven, scale * (group - 32), numbers[(32 * g)..]);
        }
    }

    // 2^(exponent − 128): half of what E8M0 says, since the table is doubled. The two smallest are subnormal.
    private static float HalfOfPower(byte exponent) => BitConverter.UInt32BitsToSingle(exponent < 2 ? 0x0020_0000u << exponent : (uint)(exponent - 1) << 23);

    // Half of FP8 E4M3 without its sign, since the table is doubled: 3 bits of fraction behind 4 of exponent. 0x7f is no number, which ggml takes for 0.
    private static float HalfOfFp8(byte code)
    {
        int exponent = (code >> 3) & 15;
        int fraction = code & 7;
        return code == 0x7F ? 0 : exponent == 0 ? MathF.ScaleB(fraction, -10) : MathF.ScaleB(8 + fraction, exponent - 11);
    }

    // Five numbers of three values a byte, as fractions of 256: 160 of them in bytes 0 to 31, 80 in 32 to 47; the last 16 four a byte in 48 to 51.
    private static void DecodeFifths(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        float scale = GgufBlocks.Half(block[52..]);
        for (int i = 0; i < 256; i++)
        {
            var (at, power) = i < 160 ? (i % 32, i / 32) : i < 240 ? (32 + ((i - 160) % 16), (i - 160) / 16) : (48 + ((i - 240) % 4), (i - 240) / 4);
            int fraction = (byte)(block[at] * _powers[power]);
            numbers[i] = (((fraction * 3) >> 8) - 1) * scale;
        }
    }
}
