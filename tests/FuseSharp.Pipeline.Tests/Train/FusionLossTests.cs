using FuseSharp.Fusion.Fuse;
using FuseSharp.Pipeline.Train;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>The loss with its own backward against the formula written out with dense tensors and libtorch's automatic gradients.</summary>
public sealed class FusionLossTests
{
    private const int N = 300; // one chunk; several are in FusionLossChunkTests
    private const int Vocabulary = 50;
    private const int Hidden = 16;
    private const int K = 4;

    [Theory]
    [InlineData(MissingProbability.Bucket)]
    [InlineData(MissingProbability.Renormalize)]
    public void Backward_RandomTargets_AgreesWithAutomaticGradients(MissingProbability tail)
    {
        using var scope = NewDisposeScope();
        var targets = RandomTargets(new Random(1));
        var (hidden, weight) = RandomTensors(7);
        var (expectedHidden, expectedWeight) = (hidden.detach().clone().requires_grad_(), weight.detach().clone().requires_grad_());

        var (languageModel, fusion) = FusionLoss.Backward(hidden, weight, targets, tail);
        var expected = Dense(expectedHidden, expectedWeight, targets, tail);
        expected.backward();

        Assert.Equal(expected.ToDouble(), languageModel + fusion, 1e-4);
        Assert.InRange((hidden.grad! - expectedHidden.grad!).abs().max().ToDouble(), 0, 1e-6);
        Assert.InRange((weight.grad! - expectedWeight.grad!).abs().max().ToDouble(), 0, 1e-6);
    }

    [Theory]
    [InlineData(MissingProbability.Bucket, FusionDivergence.Kl)]
    [InlineData(MissingProbability.Bucket, FusionDivergence.Ce)]
    [InlineData(MissingProbability.Renormalize, FusionDivergence.Kl)]
    public void Kernel_RandomTargets_AgreesWithLibtorchsOperations(MissingProbability tail, FusionDivergence divergence)
    {
        using var scope = NewDisposeScope();
        var targets = RandomTargets(new Random(2));
        var (hidden, weight) = RandomTensors(8);
        var logits = hidden.detach().matmul(weight.detach().t());
        var expected = logits.clone();

        var (languageModel, fusion) = FusionLossKernel.Run(logits, targets, 0, tail, divergence);
        var expectedSums = FusionLoss.TurnIntoGradient(expected, targets, tail, divergence);

        Assert.Equal(expectedSums[0].ToDouble(), languageModel, 1e-5);
        Assert.Equal(expectedSums[1].ToDouble(), fusion, 1e-5);
        Assert.InRange((logits - expected).abs().max().ToDouble(), 0, 1e-7);
    }

    [Fact]
    public void Backward_ByHand_IsTheFormula()
    {
        using var scope = NewDisposeScope();
        var hidden = zeros(1, 2).requires_grad_();
        var weight = zeros(4, 2).requires_grad_();
        var targets = new LossTargets(1, [2], [0.5f], [1], [0.5f], [1], [0.5f]);

        var (languageModel, fusion) = FusionLoss.Backward(hidden, weight, targets, MissingProbability.Bucket);

        Assert.Equal(0.5 * Math.Log(4), languageModel, 1e-6);                                     // q uniform over 4
        Assert.Equal(0.5 * ((0.5 * Math.Log(4)) + (0.5 * Math.Log(4.0 / 3))), fusion, 1e-6);      // 0.5·ln 4 + 0.5·ln 4/3
    }

    private static Tensor Dense(Tensor hidden, Tensor weight, LossTargets targets, MissingProbability tail)
    {
        var logQ = nn.functional.log_softmax(hidden.matmul(weight.t()), 1);
        var p = zeros(N, Vocabulary);
        var member = zeros(N, Vocabulary);
        var indices = tensor(targets.Indices, [N, K]);
        p.scatter_add_(1, indices, tensor(targets.Probabilities, [N, K]));
        member.scatter_add_(1, indices, tensor(targets.IsCandidate, [N, K]));
        var d = -(p * logQ).sum(1);
        if (tail == MissingProbability.Bucket)
        {
            d -= (1 - p.sum(1)) * (1 - (member * logQ.exp()).sum(1)).log();
        }

        var lm = -logQ.gather(1, tensor(targets.Labels, [N, 1])).squeeze(1);
        return (lm * tensor(targets.LabelWeights)).sum() + (d * tensor(targets.FusionWeights)).sum();
    }

    private static (Tensor Hidden, Tensor Weight) RandomTensors(ulong seed)
    {
        using var generator = new Generator(seed);
        return (randn([N, Hidden], generator: generator).requires_grad_(), randn([Vocabulary, Hidden], generator: generator).mul_(0.3).detach().requires_grad_());
    }

    private static LossTargets RandomTargets(Random random)
    {
        var targets = new LossTargets(K, new long[N], new float[N], new long[N * K], new float[N * K], new float[N * K], new float[N]);
        for (int n = 0; n < N; n++)
        {
            targets.Labels[n] = random.Next(Vocabulary);
            targets.LabelWeights[n] = n % 7 == 0 ? 0 : random.NextSingle() / N;
            int candidates = random.Next(K + 1);
            targets.FusionWeights[n] = candidates == 0 ? 0 : random.NextSingle() / N;
            int[] ids = [.. Enumerable.Range(0, Vocabulary)];
            random.Shuffle(ids);
            for (int i = 0; i < candidates; i++)
            {
                targets.Indices[(n * K) + i] = ids[i];
                targets.Probabilities[(n * K) + i] = random.NextSingle() / K;
                targets.IsCandidate[(n * K) + i] = 1;
            }
        }

        return targets;
    }
}
