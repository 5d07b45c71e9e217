using System.Buffers.Binary;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Tokenizers.Tests.Gguf;

/// <summary>Blocks packed here bit by bit, in the order in which ggml's documentation lists them, must decode to scale · code − minimum.</summary>
public sealed class GgufBlocksTests
{
    private const float Scale = 0.5f;
    private const float Minimum = 0.25f;

    [Fact]
    public void Decode_PlainNumbers_AreExact()
    {
        float[] numbers = new float[2];
        GgufBlocks.Decode(GgufType.F32, [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0], numbers);
        Assert.Equal([1f, -2.5f], numbers);
        GgufBlocks.Decode(GgufType.F16, [0, 0x3c, 0, 0xc1], numbers);
        Assert.Equal([1f, -2.5f], numbers);
        GgufBlocks.Decode(GgufType.BF16, [0x80, 0x3f, 0x20, 0xc0], numbers);
        Assert.Equal([1f, -2.5f], numbers);
    }

    [Theory]
    [InlineData(GgufType.Q4_0, 4, -8, false)]
    [InlineData(GgufType.Q4_1, 4, 0, true)]
    [InlineData(GgufType.Q5_0, 5, -16, false)]
    [InlineData(GgufType.Q5_1, 5, 0, true)]
    internal void Decode_BlocksOf32_FollowTheLayout(GgufType type, int bits, int offset, bool hasMinimum)
    {
        int[] codes = Codes(32, bits);
        byte[] block = new byte[GgufBlocks.SizeOf(type).Bytes];
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)Scale);
        BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(hasMinimum ? 2 : 0), (Half)(hasMinimum ? Minimum : Scale));
        int at = hasMinimum ? 4 : 2;
        if (bits == 5)
        {
            for (int i = 0; i < 32; i++)
            {
                block[at + (i / 8)] |= (byte)((codes[i] >> 4) << (i % 8));
            }

            at += 4;
        }

        int n = 0;
        for (int nibble = 0; nibble < 2; nibble++)
        {
            for (int j = 0; j < 16; j++)
            {
                block[at + j] |= (byte)((codes[n++] & 15) << (4 * nibble));
            }
        }

        Assert.Equal(codes.Select(c => ((c + offset) * Scale) + (hasMinimum ? Minimum : 0)), Decoded(type, block));
    }

    [Fact]
    public void Decode_Q8_0_FollowsTheLayout()
    {
        byte[] block = new byte[34];
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)Scale);
        for (int i = 0; i < 32; i++)
        {
            block[2 + i] = (byte)(sbyte)((i * 8) - 128);
        }

        Assert.Equal(Enumerable.Range(0, 32).Select(i => ((i * 8) - 128) * Scale), Decoded(GgufType.Q8_0, block));
    }

    [Fact]
    public void Decode_Q2_K_FollowsTheLayout()
    {
        int[] codes = Codes(256, 2);
        int[] scales = Codes(16, 4);
        int[] minima = [.. scales.Reverse()];
        byte[] block = new byte[84];
        for (int g = 0; g < 16; g++)
        {
            block[g] = (byte)(scales[g] | (minima[g] << 4));
        }

        PackPairs(codes, block.AsSpan(16, 64));
        BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(80), (Half)Scale);
        BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(82), (Half)Minimum);

        Assert.Equal(codes.Select((c, i) => (Scale * scales[i / 16] * c) - (Minimum * minima[i / 16])), Decoded(GgufType.Q2_K, block));
    }

    [Fact]
    public void Decode_Q3_K_FollowsTheLayout()
    {
        int[] codes = Codes(256, 3);
        int[] scales = Codes(16, 6);
        byte[] block = new byte[110];
        int n = 0;
        for (int bit = 0; bit < 8; bit++)
        {
            for (int j = 0; j < 32; j++)
            {
                block[j] |= (byte)((codes[n++] >> 2) << bit);
            }
        }

        PackPairs([.. codes.Select(c => c & 3)], block.AsSpan(32, 64));
        var packed = block.AsSpan(96, 12); // bytes 0–7: low halves of A–H, then of I–P above them; bytes 8–11: upper pairs of AEIM, BFJN, CGKO, DHLP
        for (int g = 0; g < 8; g++)
        {
            packed[g] = (byte)((scales[g] & 15) | ((scales[g + 8] & 15) << 4));
        }

        for (int g = 0; g < 4; g++)
        {
            packed[8 + g] = (byte)((scales[g] >> 4) | (scales[g + 4] >> 4 << 2) | (scales[g + 8] >> 4 << 4) | (scales[g + 12] >> 4 << 6));
        }

        BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(108), (Half)Scale);

        // A set third bit means that nothing is taken off.
        Assert.Equal(codes.Select((c, i) => Scale * (scales[i / 16] - 32) * (c - 4)), Decoded(GgufType.Q3_K, block));
    }

    [Theory]
    [InlineData(GgufType.Q4_K, 4)]
    [InlineData(GgufType.Q5_K, 5)]
    internal void Decode_Q4_K_And_Q5_K_FollowTheLayout(GgufType type, int bits)
    {
        int[] codes = Codes(256, bits);
        int[] scales = Codes(8, 6);
        int[] minima = [.. scales.Reverse()];
        byte[] block = new byte[GgufBlocks.SizeOf(type).Bytes];
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)Scale);
        BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(2), (Half)Minimum);
        var packed = block.AsSpan(4, 12); // EEAAAAAA … | eeaaaaaa … | eeeeEEEE …
        for (int g = 0; g < 4; g++)
        {
            packed[g] = (byte)(scales[g] | (scales[g + 4] >> 4 << 6));
            packed[g + 4] = (byte)(minima[g] | (minima[g + 4] >> 4 << 6));
            packed[g + 8] = (byte)((scales[g + 4] & 15) | ((minima[g + 4] & 15) << 4));
        }

        int at = 16;
        if (bits == 5)
        {
            int m = 0;
            for (int bit = 0; bit < 8; bit++)
            {
                for (int j = 0; j < 32; j++)
                {
                    block[at + j] |= (byte)((codes[m++] >> 4) << bit);
                }
            }

            at += 32;
        }

        int n = 0;
        for (int quarter = 0; quarter < 4; quarter++)
        {
            for (int nibble = 0; nibble < 2; nibble++)
            {
                for (int j = 0; j < 32; j++)
                {
                    block[at + (quarter * 32) + j] |= (byte)((codes[n++] & 15) << (4 * nibble));
                }
            }
        }

        Assert.Equal(codes.Select((c, i) => (Scale * scales[i / 32] * c) - (Minimum * minima[i / 32])), Decoded(type, block));
    }

    [Fact]
    public void Decode_Q6_K_FollowsTheLayout()
    {
        int[] codes = Codes(256, 6);
        byte[] block = new byte[210];
        int n = 0;
        for (int half = 0; half < 2; half++)
        {
            for (int nibble = 0; nibble < 2; nibble++)
            {
                for (int j = 0; j < 64; j++)
                {
                    block[(half * 64) + j] |= (byte)((codes[n++] & 15) << (4 * nibble));
                }
            }
        }

        PackPairs([.. codes.Select(c => c >> 4)], block.AsSpan(128, 64));
        for (int g = 0; g < 16; g++)
        {
            block[192 + g] = (byte)(sbyte)((g * 15) - 120);
        }

        BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(208), (Half)Scale);

        Assert.Equal(codes.Select((c, i) => Scale * ((i / 16 * 15) - 120) * (c - 32)), Decoded(GgufType.Q6_K, block));
    }

    // Two bits each: 32 bytes hold 128 numbers, the first 32 in the lowest pair of bits.
    private static void PackPairs(int[] codes, Span<byte> bytes)
    {
        int n = 0;
        for (int half = 0; half < 2; half++)
        {
            for (int pair = 0; pair < 4; pair++)
            {
                for (int j = 0; j < 32; j++)
                {
                    bytes[(half * 32) + j] |= (byte)(codes[n++] << (2 * pair));
                }
            }
        }
    }

    // All codes occur, in no order that a layout shares.
    private static int[] Codes(int count, int bits) => [.. Enumerable.Range(0, count).Select(i => ((i * 37) + (i / 7) + 5) % (1 << bits))];

    private static float[] Decoded(GgufType type, byte[] block)
    {
        float[] numbers = new float[GgufBlocks.SizeOf(type).Elements];
        GgufBlocks.Decode(type, block, numbers);
        return numbers;
    }
}
