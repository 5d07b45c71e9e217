using FuseSharp.Models.Layers;
using FuseSharp.Models.Rows;
using FuseSharp.Testing.Oracles;
using FuseSharp.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Decoding;

/// <summary>Products with stored weights against a slow oracle.</summary>
public sealed unsafe class WeightRowsTests
{
    private const double Rounding = 4e-7; // of the sum of the parts' sizes: a few units in float32's last place

    public static TheoryData<GgufType> Kept =>
    [
        GgufType.Q4_0, GgufType.Q4_1, GgufType.Q5_0, GgufType.Q5_1, GgufType.Q8_0, GgufType.Q4_K, GgufType.Q5_K, GgufType.Q6_K, GgufType.IQ4_NL, GgufType.IQ4_XS,
    ];

    [Theory]
    [MemberData(nameof(Kept))]
    public void Multiply_RandomBlocks_IsTheOracles(GgufType type)
    {
        var random = new Random((int)type);
        var (elements, _) = GgufBlocks.SizeOf(type);
        foreach (var (outputs, blocks, texts) in Shapes(1024 / elements))
        {
            byte[] stored = Blocks(type, outputs * blocks, random);
            AssertProducts(Build(type, outputs, stored)!, RowProductOracle.Numbers(type, stored), States(texts * blocks * elements, random), random.Next(2) == 0 ? null : States(outputs, random));
        }
    }

    [Fact]
    public void Multiply_Float32OfAnyWidth_IsTheOracles()
    {
        var random = new Random(5);
        foreach (int width in new[] { 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 100, 511, 512, 513, 1040 })
        {
            foreach (var (outputs, _, texts) in Shapes(1))
            {
                float[] weights = States(outputs * width, random);
                using var weight = tensor(weights, [outputs, width]);
                AssertProducts(new FloatRows(weight), weights, States(texts * width, random), random.Next(2) == 0 ? null : States(outputs, random));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kept))]
    public void Decode_WritesTheNumbersOfTheFile(GgufType type)
    {
        var random = new Random(100 + (int)type);
        byte[] stored = Blocks(type, 2 * 3, random);
        float[] expected = RowProductOracle.Numbers(type, stored);

        var rows = Build(type, 2, stored)!;

        float[] second = new float[rows.Inputs];
        fixed (float* to = second)
        {
            rows.Decode(1, to);
        }

        // One operation less is rounded where a minimum is added; everything else is the same bits.
        for (int i = 0; i < second.Length; i++)
        {
            float exact = expected[second.Length + i];
            Assert.InRange(Math.Abs(second[i] - exact), 0, type is GgufType.Q4_K or GgufType.Q5_K ? 1e-6 * 64 : 0);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Multiply_OneTextIsNoNumber_TheOthersStay(float bad)
    {
        var random = new Random(9);
        byte[] stored = Blocks(GgufType.Q4_1, 9 * 3, random);
        var rows = Build(GgufType.Q4_1, 9, stored)!;
        foreach (int texts in new[] { 1, 2, 5, 17 })
        {
            float[] numbers = States(texts * 96, random);
            float[] healthy = Products(rows, numbers, null);
            numbers[40] = bad; // of the first text

            float[] found = Products(rows, numbers, null);

            Assert.All(found[..9], f => Assert.False(float.IsFinite(f)));
            Assert.Equal(healthy[9..], found[9..]);
        }
    }

    [Theory]
    [InlineData(GgufType.Q4_0, 0)]
    [InlineData(GgufType.Q4_1, 2)]
    [InlineData(GgufType.Q8_0, 0)]
    [InlineData(GgufType.Q4_K, 2)]
    [InlineData(GgufType.Q6_K, 208)]
    public void Build_ScaleIsNoNumber_IsLeftToBeWrittenOut(GgufType type, int at)
    {
        byte[] stored = Blocks(type, 4, new Random(1));
        Assert.NotNull(Build(type, 2, stored));

        BitConverter.GetBytes(Half.NaN).CopyTo(stored, GgufBlocks.SizeOf(type).Bytes + at);

        Assert.Null(Build(type, 2, stored));
    }

    [Theory]
    [InlineData(GgufType.Q4_0, 32, true)]
    [InlineData(GgufType.Q4_0, 48, false)]
    [InlineData(GgufType.Q4_K, 256, true)]
    [InlineData(GgufType.Q4_K, 128, false)]
    [InlineData(GgufType.Q2_K, 256, false)]
    [InlineData(GgufType.F32, 256, false)]
    public void Fit_IsWholeBlocksOfKnownTypes(GgufType type, long inputs, bool expected) => Assert.Equal(expected, BlockRowsBuilder.Fit(type, 4, inputs));

    [Fact]
    public void Multiply_LargestAndSmallestScales_AreExact()
    {
        byte[] stored = new byte[18 * 3];
        Half[] scales = [Half.MaxValue, Half.Epsilon, (Half)(-1)];
        for (int b = 0; b < 3; b++)
        {
            BitConverter.GetBytes(scales[b]).CopyTo(stored, b * 18);
            stored.AsSpan((b * 18) + 2, 16).Fill(0xF0); // codes −8 and 7
        }

        float[] ones = [.. Enumerable.Repeat(1f, 32)];
        float[] found = Products(Build(GgufType.Q4_0, 3, stored)!, ones, null);

        // 16 · (−8) + 16 · 7 = −16 times the scale: 65504, 2⁻²⁴, −1.
        Assert.Equal([-1048064f, -9.5367432e-07f, 16f], found);
    }

    // 300 rows of 16,384 numbers are more than are written out at once (256), 100 tokens more than own kernels multiply (63).
    [Theory]
    [InlineData(GgufType.Q4_1, 300, 512)]
    [InlineData(GgufType.Q6_K, 7, 1)]
    public void Run_TokensOfALongPrompt_IsAsOfShortOnes(GgufType type, int outputs, int blocks)
    {
        var random = new Random((int)type);
        using var scope = NewDisposeScope();
        var weight = Build(type, outputs, Blocks(type, outputs * blocks, random))!;
        var states = tensor(States(100 * (int)weight.Inputs, random), [2, 50, weight.Inputs]);
        var bias = tensor(States(outputs, random));

        var found = KeptProduct.Run(states, weight, bias);

        var expected = stack([KeptProduct.Run(states[0], weight, bias), KeptProduct.Run(states[1], weight, bias)]);
        Assert.Equal(expected.shape, found.shape);
        Assert.InRange((found - expected).abs().max().item<float>(), 0, 1e-5f * expected.abs().max().item<float>());
    }

    private static IEnumerable<(int Outputs, int Blocks, int Texts)> Shapes(int most)
    {
        int[] texts = [1, 2, 3, 4, 5, 15, 16, 17, 33];
        int[] outputs = [1, 2, 7, 8, 9, 33];
        int[] blocks = [1, 2, 3, Math.Max(4, most), Math.Max(5, most + 1)];
        for (int i = 0; i < texts.Length * outputs.Length; i++)
        {
            yield return (outputs[i % outputs.Length], blocks[i % blocks.Length], texts[i / outputs.Length]);
        }
    }

    private static void AssertProducts(WeightRows rows, float[] weights, float[] states, float[]? bias)
    {
        float[] found = Products(rows, states, bias);

        var expected = RowProductOracle.Multiply(weights, states, bias, (int)rows.Inputs);
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < found.Length; i++)
        {
            Assert.InRange(Math.Abs(found[i] - expected[i].Sum), 0, Rounding * expected[i].Size);
        }
    }

    private static float[] Products(WeightRows rows, float[] states, float[]? bias)
    {
        var own = new StateRows().Resize(states.Length / (int)rows.Inputs, rows.Inputs);
        states.CopyTo(own.Numbers);
        var results = new StateRows();
        rows.Multiply(own, bias, results);
        return results.Numbers.ToArray();
    }

    private static WeightRows? Build(GgufType type, int outputs, byte[] stored)
    {
        var (elements, bytes) = GgufBlocks.SizeOf(type);
        int stride = stored.Length / outputs;
        var builder = new BlockRowsBuilder(type, outputs, stride / bytes * elements);
        for (int row = 0; row < outputs; row++)
        {
            builder.Set(row, stored.AsSpan(row * stride, stride));
        }

        return builder.Build();
    }

    private static float[] States(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];

    // Any bytes are codes; scales and minima are small float16 numbers of both signs.
    private static byte[] Blocks(GgufType type, int count, Random random)
    {
        int size = GgufBlocks.SizeOf(type).Bytes;
        int[] halves = type switch { GgufType.Q4_1 or GgufType.Q5_1 or GgufType.Q4_K or GgufType.Q5_K => [0, 2], GgufType.Q6_K => [208], _ => [0] };
        byte[] blocks = new byte[count * size];
        random.NextBytes(blocks);
        for (int b = 0; b < count; b++)
        {
            foreach (int at in halves)
            {
                BitConverter.GetBytes((Half)((random.NextDouble() - 0.5) / 16)).CopyTo(blocks, (b * size) + at);
            }
        }

        return blocks;
    }
}
