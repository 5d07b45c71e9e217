namespace FuseSharp.Models.Layers;

/// <summary>NF4, the 4-bit code of QLoRA (Dettmers et al. 2023): sixteen quantiles of a normal distribution, scaled by the largest number of each block of 64.</summary>
/// <remarks>With double quantization the block maxima, less their mean, are stored in 8 bits, scaled by the largest of each 256. Codes and bytes are those of bitsandbytes.</remarks>
internal static class Nf4
{
    /// <summary>Numbers that share a scale.</summary>
    public const int BlockSize = 64;

    /// <summary>Scales that share a scale.</summary>
    public const int ScaleBlockSize = 256;

    /// <summary>The code, from the paper's appendix.</summary>
    public static ReadOnlySpan<float> Code =>
    [
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f,
    ];

    /// <summary>Quantizes numbers.</summary>
    /// <param name="values">Any number of them.</param>
    /// <param name="packed">[⌈n/2⌉]: two codes a byte, the first in the high half.</param>
    /// <param name="scales">[⌈n/64⌉]: the largest absolute value of each block.</param>
    public static void Quantize(ReadOnlySpan<float> values, Span<byte> packed, Span<float> scales)
    {
        packed.Clear();
        for (int start = 0, block = 0; start < values.Length; start += BlockSize, block++)
        {
            var numbers = values.Slice(start, Math.Min(BlockSize, values.Length - start));
            float largest = 0;
            foreach (float number in numbers)
            {
                largest = MathF.Max(largest, MathF.Abs(number));
            }

            scales[block] = largest;
            float inverse = largest > 0 ? 1 / largest : 0;
            for (int i = 0; i < numbers.Length; i++)
            {
                int code = Nearest(Code, numbers[i] * inverse);
                packed[(start + i) / 2] |= (byte)((start + i) % 2 == 0 ? code << 4 : code);
            }
        }
    }

    /// <summary>Gives the numbers back, nearly.</summary>
    /// <param name="packed">Codes.</param>
    /// <param name="scales">Of the blocks.</param>
    /// <param name="first">Number of the first value in its tensor, even.</param>
    /// <param name="values">Written.</param>
    public static void Dequantize(ReadOnlySpan<byte> packed, ReadOnlySpan<float> scales, int first, Span<float> values)
    {
        var code = Code;
        for (int i = 0; i < values.Length; i++)
        {
            int at = first + i;
            int half = at % 2 == 0 ? packed[at / 2] >> 4 : packed[at / 2] & 15;
            values[i] = code[half] * scales[at / BlockSize];
        }
    }

    /// <summary>Quantizes scales.</summary>
    /// <param name="scales">Of blocks.</param>
    /// <param name="codes">[n].</param>
    /// <param name="outer">[⌈n/256⌉]: scales of the scales.</param>
    /// <returns>Their mean, taken off first.</returns>
    public static float QuantizeScales(ReadOnlySpan<float> scales, Span<byte> codes, Span<float> outer)
    {
        double sum = 0;
        foreach (float scale in scales)
        {
            sum += scale;
        }

        float offset = (float)(sum / scales.Length);
        for (int start = 0, block = 0; start < scales.Length; start += ScaleBlockSize, block++)
        {
            var part = scales.Slice(start, Math.Min(ScaleBlockSize, scales.Length - start));
            float largest = 0;
            foreach (float scale in part)
            {
                largest = MathF.Max(largest, MathF.Abs(scale - offset));
            }

            outer[block] = largest;
            float inverse = largest > 0 ? 1 / largest : 0;
            for (int i = 0; i < part.Length; i++)
            {
                codes[start + i] = (byte)Nearest(DynamicCode.Values, OnGrid((part[i] - offset) * inverse));
            }
        }

        return offset;
    }

    /// <summary>Gives the scales back, nearly.</summary>
    public static void DequantizeScales(ReadOnlySpan<byte> codes, ReadOnlySpan<float> outer, float offset, Span<float> scales)
    {
        for (int i = 0; i < scales.Length; i++)
        {
            scales[i] = (DynamicCode.Values[codes[i]] * outer[i / ScaleBlockSize]) + offset;
        }
    }

    // bitsandbytes looks 8-bit codes up by position in [−1, 1], 65,536 of them; what lies near the middle between two codes falls as there.
    private static float OnGrid(float value)
    {
        const double Positions = 32767.5;
        return (float)((Math.Floor(((value + 1.0) * Positions) + 0.5) / Positions) - 1);
    }

    // Of two that are equally near, the lower.
    private static int Nearest(ReadOnlySpan<float> code, float value)
    {
        int at = code.BinarySearch(value);
        if (at >= 0)
        {
            return at;
        }

        int upper = ~at;
        return upper == 0 ? 0 : upper == code.Length ? upper - 1
            : (double)value - code[upper - 1] <= (double)code[upper] - value ? upper - 1 : upper;
    }
}
