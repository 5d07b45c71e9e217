using CsCheck;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Models.Kernels;
using FuseSharp.Pipeline.Train;
using FuseSharp.Testing.Oracles;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>The loss chunk by chunk: against one chunk, and against the definition.</summary>
public sealed class FusionLossChunkTests : IDisposable
{
    // Only the order of float32 sums differs: of numbers below 1, over at most some dozens of positions.
    private const double Tolerance = 1e-6;
    private const int Vocabulary = 11;
    private const int Hidden = 3;
    private const int K = 4;
    private const int MostPositions = 9;

    // Position by position: its label, the shares of four candidates and of the rest, and whether label and fusion count. Shares below 3 are no candidates.
    private static readonly Gen<int[]> _drawn = Gen.Int[0, 9].Array[MostPositions * 8];

    public void Dispose() => KernelRows.AreOff = false;

    [Theory]
    [InlineData(32_000, 262)] // Llama-2
    [InlineData(128_256, 128)]
    [InlineData(4_096, 2_048)]
    public void ChunkRows_LogitsStayInTheCacheButProductsAreBusy(int vocabulary, int rows) => Assert.Equal(rows, HeadChunk.Rows(vocabulary, TorchSharp.DeviceType.CPU));

    [Theory]
    [InlineData(MissingProbability.Bucket, 7, false)] // 5 chunks, the last of 2
    [InlineData(MissingProbability.Bucket, 10, true)] // 3 whole ones
    [InlineData(MissingProbability.Renormalize, 1, false)]
    [InlineData(MissingProbability.Renormalize, 29, true)]
    [InlineData(MissingProbability.TrueToken, 15, false)]
    public void Backward_ManyChunks_IsOneChunk(MissingProbability missing, int chunkRows, bool byLibtorch)
    {
        KernelRows.AreOff = byLibtorch;
        using var scope = NewDisposeScope();
        // No weight at all on both sides of every border of chunks of 7, 10 and 15, and in one whole chunk of 7.
        var targets = Targets(new Random(3).GetItems(Enumerable.Range(0, 10).ToArray(), 30 * 8), 30, n => n is not (6 or 7 or 9 or 10 or 14 or 15 or 19 or 20 or (>= 21 and < 28) or 29));
        var (oneHidden, oneWeight) = RandomTensors(30);
        var (hidden, weight) = (oneHidden.detach().clone().requires_grad_(), oneWeight.detach().clone().requires_grad_());

        var one = FusionLoss.Backward(oneHidden, oneWeight, targets, missing, FusionDivergence.Kl, 30);
        var many = FusionLoss.Backward(hidden, weight, targets, missing, FusionDivergence.Kl, chunkRows);

        Assert.Equal(one.LanguageModel, many.LanguageModel, Tolerance);
        Assert.Equal(one.Fusion, many.Fusion, Tolerance);
        Assert.InRange((oneHidden.grad! - hidden.grad!).abs().max().ToDouble(), 0, Tolerance);
        Assert.InRange((oneWeight.grad! - weight.grad!).abs().max().ToDouble(), 0, Tolerance);
        Assert.True(hidden.grad![7].eq(0).all().ToBoolean() && hidden.grad![25].eq(0).all().ToBoolean());
        Assert.True(hidden.grad![28].ne(0).any().ToBoolean());
    }

    [Fact]
    public void Backward_ManyChunks_AddToTheGradientThatIsThere()
    {
        using var scope = NewDisposeScope();
        var targets = Targets(new Random(4).GetItems(Enumerable.Range(0, 10).ToArray(), 30 * 8), 30, _ => true);
        var (hidden, weight) = RandomTensors(30);
        FusionLoss.Backward(hidden, weight, targets, MissingProbability.Bucket, FusionDivergence.Ce, 8);
        var once = weight.grad!.clone();

        FusionLoss.Backward(hidden.detach().requires_grad_(), weight, targets, MissingProbability.Bucket, FusionDivergence.Ce, 8);

        Assert.InRange((weight.grad! - (once * 2)).abs().max().ToDouble(), 0, Tolerance);
    }

    [Theory]
    [InlineData(MissingProbability.Bucket, false)]
    [InlineData(MissingProbability.Renormalize, false)]
    [InlineData(MissingProbability.TrueToken, false)]
    [InlineData(MissingProbability.Bucket, true)]
    [InlineData(MissingProbability.Renormalize, true)]
    [InlineData(MissingProbability.TrueToken, true)]
    public void Backward_RandomTargetsInChunks_IsTheDefinition(MissingProbability missing, bool byLibtorch)
    {
        KernelRows.AreOff = byLibtorch;
        Gen.Select(_drawn, Gen.Int[1, MostPositions], Gen.Int[1, MostPositions], Gen.Bool).Sample((drawn, positions, chunkRows, isKl) =>
        {
            using var scope = NewDisposeScope();
            var divergence = isKl ? FusionDivergence.Kl : FusionDivergence.Ce;
            var targets = Targets(drawn, positions, _ => true);
            var (hidden, weight) = RandomTensors(positions);
            double[][] logits = [.. Enumerable.Range(0, positions).Select(n => hidden.detach().to(ScalarType.Float64)[n].matmul(weight.detach().to(ScalarType.Float64).t()).data<double>().ToArray())];

            var (languageModel, fusion) = FusionLoss.Backward(hidden, weight, targets, missing, divergence, chunkRows);

            (double LanguageModel, double Fusion) Expected(int n, double[] at) => FusionLossOracle.Loss(
                at, (int)targets.Labels[n], targets.LabelWeights[n], Candidates(targets, n), targets.FusionWeights[n], missing, divergence);
            Assert.Equal(logits.Select((l, n) => Expected(n, l).LanguageModel).Sum(), languageModel, 1e-5);
            Assert.Equal(logits.Select((l, n) => Expected(n, l).Fusion).Sum(), fusion, 1e-5);
            double[][] gradients = [.. logits.Select((l, n) => FusionLossOracle.Gradient(at => Expected(n, at) is var (lm, d) ? lm + d : 0, l))];
            var expected = tensor(gradients.SelectMany(g => g).ToArray(), [positions, Vocabulary]).to(ScalarType.Float32);
            Assert.InRange((expected.matmul(weight.detach()) - hidden.grad!).abs().max().ToDouble(), 0, 1e-5);
            Assert.InRange((expected.t().matmul(hidden.detach()) - weight.grad!).abs().max().ToDouble(), 0, 1e-5);
        }, iter: 60, threads: 1);
    }

    private static List<(int, double)> Candidates(LossTargets targets, int n)
        => [.. Enumerable.Range(n * K, K).Where(i => targets.IsCandidate[i] != 0).Select(i => ((int)targets.Indices[i], (double)targets.Probabilities[i]))];

    private static (Tensor Hidden, Tensor Weight) RandomTensors(int positions)
    {
        using var generator = new Generator(9);
        return (randn([positions, Hidden], generator: generator).requires_grad_(), randn([Vocabulary, Hidden], generator: generator).detach().requires_grad_());
    }

    private static LossTargets Targets(int[] drawn, int positions, Func<int, bool> counts)
    {
        var targets = new LossTargets(K, new long[positions], new float[positions], new long[positions * K], new float[positions * K], new float[positions * K], new float[positions]);
        for (int n = 0; n < positions; n++)
        {
            var own = drawn.AsSpan(n * 8, 8);
            targets.Labels[n] = own[0];
            targets.LabelWeights[n] = counts(n) && own[6] > 2 ? own[6] / 10f : 0;
            double sum = own[1] + own[2] + own[3] + own[4] + own[5];
            bool isKnown = false;
            for (int i = 0; i < K; i++)
            {
                if (own[1 + i] >= 3)
                {
                    int slot = (n * K) + i;
                    (targets.Indices[slot], targets.Probabilities[slot], targets.IsCandidate[slot]) = (i < 3 ? (3 * i) + (own[0] % 3) : 10, (float)(own[1 + i] / sum), 1);
                    isKnown = true;
                }
            }

            targets.FusionWeights[n] = counts(n) && isKnown && own[7] > 2 ? own[7] / 10f : 0;
        }

        return targets;
    }
}
