using FuseSharp.Tokenizers.Gguf;


namespace FuseSharp.Tokenizers.Tests.Gguf;

public sealed class GgufEncoderTests
{
    [Fact]
    public void Encode_Q8_StaysWithinHalfAStepAndTheScalesRounding()
    {
        var random = new Random(4);
        float[] numbers = [.. Enumerable.Range(0, 320).Select(i => (float)((random.NextDouble() - 0.5) * Math.Pow(10, i / 64)))];

        float[] read = RoundTrip(GgufType.Q8_0, numbers);

        for (int block = 0; block < numbers.Length; block += 32)
        {
            // Half a step of largest/127, and 127 steps times half a unit of float16's last place.
            float largest = numbers.AsSpan(block, 32).ToArray().Max(MathF.Abs);
            double bound = (largest / 127 / 2) + (largest * Math.Pow(2, -11)) + 1e-9;
            Assert.All(Enumerable.Range(block, 32), i => Assert.InRange(Math.Abs(read[i] - numbers[i]), 0, bound));
        }
    }

    [Fact]
    public void Encode_Q8_OfZeros_IsZeros() => Assert.Equal(new float[32], RoundTrip(GgufType.Q8_0, new float[32]));

    [Fact]
    public void Encode_Bfloat16_RoundsToTheNearestAndTiesToEven()
    {
        // 1 + 2⁻⁸ lies half way between 1 and 1 + 2⁻⁷; 1 + 3·2⁻⁸ between 1 + 2⁻⁷ and 1 + 2⁻⁶.
        Assert.Equal([1f, 1.015625f, float.PositiveInfinity, float.NaN], RoundTrip(GgufType.BF16, [1.00390625f, 1.01171875f, float.MaxValue, float.NaN]));
    }

    [Fact]
    public void Encode_Plain_IsExact()
    {
        float[] numbers = [0.5f, -3, 65504];

        Assert.Equal(numbers, RoundTrip(GgufType.F16, numbers));
        Assert.Equal([1e-30f, 3e38f], RoundTrip(GgufType.F32, [1e-30f, 3e38f]));
    }

    private static float[] RoundTrip(GgufType type, float[] numbers)
    {
        var (elements, size) = GgufBlocks.SizeOf(type);
        byte[] bytes = new byte[numbers.Length / elements * size];
        float[] read = new float[numbers.Length];
        GgufEncoder.Encode(type, numbers, bytes);
        GgufBlocks.Decode(type, bytes, read);
        return read;
    }
}
