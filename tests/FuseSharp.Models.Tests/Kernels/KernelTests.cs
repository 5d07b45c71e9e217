using FuseSharp.Models.Configuration;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Scoring;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Kernels;

/// <summary>The kernels against the same formulas in libtorch's operations with automatic gradients; sizes that are no multiples of 16 are among them.</summary>
public sealed class KernelTests
{
    private const double Tolerance = 2e-5; // float32; values are of order 1

    [Theory]
    [InlineData(7, 5)]
    [InlineData(33, 64)]
    [InlineData(70, 100)]
    public void RmsNorm_AnySize_AgreesWithFormula(int rows, int size)
    {
        using var scope = NewDisposeScope();
        var (x, w, upstream) = (Random(1, rows, size), Random(2, size), Random(3, rows, size));

        Compare(upstream, [x, w],
            t => RmsNormFunction.Run(t[0], t[1], 1e-5),
            t => t[1] * (t[0] * t[0].square().mean([-1], keepdim: true).add(1e-5).rsqrt()));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(10_007)]
    public void GatedActivation_AnySize_AgreesWithFormula(int count)
    {
        using var scope = NewDisposeScope();

        Compare(Random(3, count), [Random(1, count).mul(5).detach(), Random(2, count)],
            t => GatedActivationFunction.Run(t[0], t[1]),
            t => nn.functional.silu(t[0]) * t[1]);
    }

    [Theory]
    [InlineData(1, 2, 2, 5, 4)]
    [InlineData(2, 4, 2, 130, 8)]   // two key heads shared by four, a second block of queries of two
    [InlineData(1, 3, 1, 300, 20)]
    public void Attention_SharedHeadsAndBlocks_AgreesWithFormula(int batch, int heads, int keyHeads, int tokens, int size)
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [Random(1, batch, heads, tokens, size), Random(2, batch, keyHeads, tokens, size), Random(3, batch, keyHeads, tokens, size)];

        Compare(Random(4, batch, tokens, heads * size), inputs,
            t => BlockedAttention.Run(t[0], t[1], t[2], 0.3),
            t =>
            {
                var (k, v) = (t[1].repeat_interleave(heads / keyHeads, 1), t[2].repeat_interleave(heads / keyHeads, 1));
                var scores = t[0].matmul(k.transpose(2, 3)).mul(0.3).masked_fill(ones(tokens, tokens, ScalarType.Bool).triu(1), double.NegativeInfinity);
                return scores.softmax(-1).matmul(v).transpose(1, 2).flatten(2);
            });
    }

    [Theory]
    [InlineData(ScalarType.Float32, 5, 5, 5)]
    [InlineData(ScalarType.Float32, 33, 30, 0)]
    [InlineData(ScalarType.Float32, 1000, 997, 20)]
    [InlineData(ScalarType.BFloat16, 1000, 1000, 50)] // bfloat16 makes equal numbers
    public void LogitScores_AnyWidth_AreNormalizerLabelAndLargestInIdOrder(ScalarType type, int width, int vocabulary, int k)
    {
        using var scope = NewDisposeScope();
        const int Rows = 40;
        var logits = Random(1, Rows, width).mul(4).to(type);
        float[] values = [.. logits.to(ScalarType.Float32).data<float>()];
        var scores = new SequenceScores(new float[Rows + 1], new float[Rows + 1], new int[(Rows + 1) * k], new float[(Rows + 1) * k]);

        LogitScoresKernel.Run(logits, arange(Rows, ScalarType.Int64).remainder(width).view(Rows, 1), vocabulary, k, first: 1, scores);

        for (int r = 0; r < Rows; r++)
        {
            float[] row = values[(r * width)..((r + 1) * width)];
            double normalizer = Math.Log(row.Sum(x => Math.Exp(x)));
            Assert.Equal(normalizer, scores.LogNormalizers[r + 1], Tolerance);
            Assert.Equal(normalizer - row[r % width], scores.CrossEntropies[r + 1], Tolerance);
            int[] largest = [.. Enumerable.Range(0, vocabulary).OrderByDescending(i => row[i]).ThenBy(i => i).Take(k)];
            Assert.Equal(largest, scores.Indices[((r + 1) * k)..((r + 2) * k)]);
            Assert.Equal(largest.Select(i => row[i]), scores.Logits[((r + 1) * k)..((r + 2) * k)]);
        }
    }

    [Fact]
    public void LogitScores_NotANumber_NormalizerSaysSo()
    {
        using var scope = NewDisposeScope();
        var logits = zeros(1, 40, ScalarType.Float32);
        logits[0, 20] = float.NaN;
        var scores = new SequenceScores(new float[1], new float[1], new int[3], new float[3]);

        LogitScoresKernel.Run(logits, zeros(1, 1, ScalarType.Int64), 40, 3, 0, scores);

        Assert.False(float.IsFinite(scores.LogNormalizers[0]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(64)]
    public void Heads_TurningPart_AgreesWithFormula(int turning)
    {
        using var scope = NewDisposeScope();
        const int Size = 64;
        var angles = Random(5, 9, Math.Max(1, turning / 2));
        var both = cat([angles, angles], 1);
        (Tensor Cos, Tensor Sin)? pair = turning == 0 ? null : (both.cos(), both.sin());

        Compare(Random(2, 2, 3, 9, Size), [Random(1, 2, 9, 3 * Size)],
            t => HeadsFunction.Run(t[0], Size, pair),
            t =>
            {
                var heads = t[0].unflatten(2, [3, Size]).transpose(1, 2);
                return pair is { } p ? RotaryPositions.Turn(heads, p) : heads;
            });
    }

    [Fact]
    public unsafe void Bfloat16_StoredNumbers_RoundAsLibtorchDoes()
    {
        using var scope = NewDisposeScope();
        var exact = Random(1, 16_000);
        var expected = exact.to(ScalarType.BFloat16);
        var rounded = empty_like(expected);

        for (int i = 0; i < 16_000; i += 16)
        {
            Bfloat16Number.Store(KernelRows.AddressOf(rounded), i, Float32Number.Load(KernelRows.AddressOf(exact), i));
        }

        Assert.True(rounded.eq(expected).all().ToBoolean());
    }

    [Fact]
    public void Softmax_NotANumberAmongScores_StaysVisible()
    {
        using var scope = NewDisposeScope();
        var scores = zeros(1, 40, 40);
        scores[0, 30, 3] = float.NaN;

        CausalSoftmaxKernel.Forward(scores, 0, 40, 1);

        Assert.True(scores[0, 30].isnan().any().ToBoolean());
        Assert.Equal(1, scores[0, 29].sum().ToDouble(), 1e-6);
    }

    private static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, generator: generator);
    }

    private static void Compare(Tensor upstream, Tensor[] inputs, Func<Tensor[], Tensor> kernel, Func<Tensor[], Tensor> formula)
    {
        Tensor[] ours = [.. inputs.Select(t => t.detach().clone().requires_grad_())];
        Tensor[] theirs = [.. inputs.Select(t => t.detach().clone().requires_grad_())];
        var (result, expected) = (kernel(ours), formula(theirs));
        result.backward([upstream]);
        expected.backward([upstream]);
        Assert.InRange((result - expected).abs().max().ToDouble(), 0, Tolerance);
        foreach (var (a, b) in ours.Zip(theirs))
        {
            Assert.InRange((a.grad! - b.grad!).abs().max().ToDouble() / Math.Max(1, b.grad!.abs().max().ToDouble()), 0, Tolerance);
        }
    }
}
