namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Decodes the "K" formats: blocks of 256 numbers in groups of 16 or 32 whose scales are quantized themselves.</summary>
internal static class GgufSuperBlocks
{
    /// <summary>Decodes one block.</summary>
    public static void Decode(GgufType type, ReadOnlySpan<byte> block, Span<float> numbers)
    {
        switch (type)
        {
            case GgufType.Q2_K:
                Decode2(block, numbers);
                break;
            case GgufType.Q3_K:
                Decode3(block, numbers);
                break;
            case GgufType.Q4_K:
                Decode45(block, default, block[16..], numbers);
                break;
            case GgufType.Q5_K:
                Decode45(block, block.Slice(16, 32), block[48..], numbers);
                break;
            case GgufType.Q6_K:
                Decode6(block, numbers);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a format of 256 numbers a block.");
        }
    }

    // 16 bytes: scale (low half) and minimum of each group of 16; 64 bytes of codes; float16 scale and scale of the minima.
    private static void Decode2(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        var codes = block.Slice(16, 64);
        float scale = GgufBlocks.Half(block[80..]);
        float minimumScale = GgufBlocks.Half(block[82..]);
        for (int i = 0; i < 256; i++)
        {
            byte group = block[i / 16];
            int code = (codes[CodeByte(i)] >> CodeShift(i)) & 3;
            numbers[i] = (scale * (group & 15) * code) - (minimumScale * (group >> 4));
        }
    }

    // 32 bytes of third bits, 64 bytes of low bits, 12 bytes of sixteen 6-bit scales, float16 scale.
    private static void Decode3(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        var thirdBits = block[..32];
        var codes = block.Slice(32, 64);
        var packed = block.Slice(96, 12);
        float scale = GgufBlocks.Half(block[108..]);
        for (int i = 0; i < 256; i++)
        {
            int g = i / 16;
            int low = g < 8 ? packed[g] & 15 : packed[g - 8] >> 4;
            int high = (packed[8 + (g % 4)] >> (2 * (g / 4))) & 3;
            int third = (thirdBits[i % 32] >> (i / 32)) & 1;
            int code = ((codes[CodeByte(i)] >> CodeShift(i)) & 3) - (third == 1 ? 0 : 4);
            numbers[i] = scale * ((low | (high << 4)) - 32) * code;
        }
    }

    // Two bits a number: 128 numbers share 32 bytes, 32 numbers each shift.
    private static int CodeByte(int i) => (i / 128 * 32) + (i % 32);

    private static int CodeShift(int i) => i / 32 % 4 * 2;

    // float16 scale and scale of the minima, 12 bytes of eight 6-bit scales and minima, fifth bits (Q5_K), 128 bytes of halves: 64 numbers share 32 bytes.
    private static void Decode45(ReadOnlySpan<byte> block, ReadOnlySpan<byte> fifthBits, ReadOnlySpan<byte> codes, Span<float> numbers)
    {
        float scale = GgufBlocks.Half(block);
        float minimumScale = GgufBlocks.Half(block[2..]);
        var packed = block.Slice(4, 12);
        for (int g = 0; g < 8; g++)
        {
            int groupScale = g < 4 ? packed[g] & 63 : (packed[g + 4] & 15) | (packed[g - 4] >> 6 << 4);
            int groupMinimum = g < 4 ? packed[g + 4] & 63 : (packed[g + 4] >> 4) | (packed[g] >> 6 << 4);
            float factor = scale * groupScale;
            float minimum = minimumScale * groupMinimum;
            var bytes = codes.Slice(g / 2 * 32, 32);
            for (int i = 0; i < 32; i++)
            {
                int code = (bytes[i] >> (g % 2 * 4)) & 15;
                if (!fifthBits.IsEmpty)
                {
                    code |= ((fifthBits[i] >> g) & 1) << 4;
                }

                numbers[(g * 32) + i] = (factor * code) - minimum;
            }
        }
    }

    // 128 bytes of low halves, 64 bytes of upper pairs of bits, 16 signed scales, float16 scale.
    private static void Decode6(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        float scale = GgufBlocks.Half(block[208..]);
        for (int i = 0; i < 256; i++)
        {
            int half = i / 128;
            int quarter = i / 32 % 4; // of the half: which bits of the shared bytes
            int low = (block[(half * 64) + (quarter % 2 * 32) + (i % 32)] >> (quarter / 2 * 4)) & 15;
            int high = (block[128 + (half * 32) + (i % 32)] >> (quarter * 2)) & 3;
            numbers[i] = scale * (sbyte)block[192 + (i / 16)] * ((low | (high << 4)) - 32);
        }
    }
}
