using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Tests.Native;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Exchange;
using FuseSharp.Storage.Ranks;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>A training step as a graphics processor runs it, on libtorch's <c>meta</c> device: a tensor that is made on the processor fails, and what is read back is counted.</summary>
public sealed class MetaDeviceTrainingTests
{
    private static readonly PackedBlock _block = new([4, 7, 2], [new(0, 3, [1], [1])], [new([0, 0, 0, 0], [], [], ScoreUnit.LogProbability)]);
    private static readonly FusedDistributions _fused = new([0, 2, 3, 3], [7, 3, 5], [0.5f, 0.2f, 0.6f], [0], [0.25f]);
    private static readonly PackedBlock _longer = new([1, 2, 3, 4, 5], [new(0, 5, [1], [1])], []);

    public static TheoryData<string> Configs => [.. GoldenSet.FoldersIn("models").DefaultIfEmpty("none")];

    [Theory]
    [MemberData(nameof(Configs))]
    public void Step_LossesGradientsAndUpdate_ReadsNothing(string name)
    {
        Assert.SkipWhen(name == "none", SharedData.MissingReason);
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            int reads = MetaKernels.ReadsOf(() =>
            {
                using var scope = NewDisposeScope();
                using var model = ModelFactory.Create(ModelConfig.Read(GoldenSet.Path("models", name)), type);
                MetaKernels.Move(model);
                var options = new TrainOptions();
                using var optimizer = new FlatAdamW(new FlatParameters(model.parameters(), 1), options, SingleProcess.Instance);
                var fusion = new FusionOptions { MissingProbability = MissingProbability.TrueToken };
                var loss = new BlockLoss(model, fusion, new LossTargetsBuilder(fusion, []));
                using var losses = new StepLosses();
                for (int round = 0; round < 2; round++)
                {
                    losses.Add(round, loss.Backward([(_block, _fused), (_longer, null)], 0.5, new(8, 8))); // padding: some positions have no weight
                    Assert.True(losses.AreFiniteSoFar);
                    optimizer.CollectGradients(round == 1);
                }

                using var noGradient = no_grad();
                optimizer.StepEverything(new AdamWKernel.Step(1, 1e-3, 0.99, 0.9, 0.95, 0.1, 0.05, 1e-8));

                Assert.All(new[] { optimizer.Master, optimizer.Gradient, optimizer.FirstMoment, optimizer.SecondMoment }, t => Assert.Equal(DeviceType.META, t.device_type));
            });

            Assert.Equal(name.StartsWith("mixtral", StringComparison.Ordinal) ? 4 : 0, reads); // of experts the shares of tokens, in 2 layers and 2 micro-batches
        }
    }

    public static TheoryData<MissingProbability, FusionDivergence, bool> Losses
        => [.. from missing in Enum.GetValues<MissingProbability>() from divergence in Enum.GetValues<FusionDivergence>() from isCapped in new[] { false, true } select (missing, divergence, isCapped)];

    [Theory]
    [MemberData(nameof(Losses))]
    public void Backward_OfChunks_IsReadOnce(MissingProbability missing, FusionDivergence divergence, bool isCapped)
    {
        int reads = MetaKernels.ReadsOf(() =>
        {
            using var scope = NewDisposeScope();
            var hidden = zeros([5, 4], device: META, requires_grad: true);
            var weight = zeros([9, 4], device: META, requires_grad: true);
            var targets = new LossTargets(2, [1, 2, 3, 4, 5], new float[5], new long[10], new float[10], new float[10], new float[5]);

            FusionLoss.Backward(hidden, weight, targets, missing, divergence, 2, isCapped ? 30.0 : null); // chunks of 2, 2 and 1

            Assert.Equal((DeviceType.META, 5L), (hidden.grad!.device_type, hidden.grad.shape[0]));
            Assert.Equal((DeviceType.META, 9L), (weight.grad!.device_type, weight.grad.shape[0]));
        });

        Assert.Equal(1, reads);
    }

    [Fact]
    public void Read_OfLossesHereAndThere_IsTheirSumInOrder()
    {
        using var losses = new StepLosses();
        losses.Add(0, new UnreadLoss(1, 2, null));
        losses.Add(1, new UnreadLoss(0, 0, tensor([3.0, 4.0]).DetachFromDisposeScope()));
        losses.Add(1, new UnreadLoss(5, 6, null));

        Assert.Equal((9.0, 12.0, null), losses.Read());

        losses.Add(2, new UnreadLoss(0, 0, tensor([double.NaN, 1]).DetachFromDisposeScope()));
        losses.Add(3, new UnreadLoss(1, 1, null));
        Assert.Equal(2, losses.Read().NotFinite);
        Assert.True(losses.AreFiniteSoFar); // on the device, nobody has looked
        losses.Add(4, new UnreadLoss(double.PositiveInfinity, 0, null));
        Assert.False(losses.AreFiniteSoFar);
    }
}
