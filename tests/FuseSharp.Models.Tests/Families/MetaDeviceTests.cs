using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Scoring;
using FuseSharp.Models.Tests.Native;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Families;

/// <summary>
/// Every architecture runs the operations of a graphics processor on libtorch's <c>meta</c> device, whose tensors have a shape and no numbers: one that is made on the processor by mistake
/// cannot be mixed with them, so that it fails here, without a graphics processor. Only config.json of a golden is read.
/// </summary>
public sealed class MetaDeviceTests
{
    private static readonly string[] _rereading = ["phi3-longrope", "phi3-longrope-attention-factor", "phi3-longrope-partial"]; // angles change with the length of a text

    public static TheoryData<string, string> Configs => GraphicsProcessorTests.Configs;

    [Fact]
    public void Meta_WithATensorOfTheProcessor_Refuses()
    {
        using var scope = NewDisposeScope();
        var there = zeros([2, 3], device: META);

        // Without this the tests below would say nothing.
        Assert.ThrowsAny<Exception>(() => there * zeros(2, 3));
        Assert.ThrowsAny<Exception>(() => MetaKernels.ReadsOf(() => there.matmul(zeros(3, 2))));
        Assert.ThrowsAny<Exception>(() => MetaKernels.ReadsOf(() => there.index_select(0, tensor([1L]))));
        Assert.ThrowsAny<Exception>(() => there.sum().ToDouble());
        Assert.Equal(2, MetaKernels.ReadsOf(() => Assert.Equal((0, 2), (there.sum().item<float>(), there.cpu().shape[0]))));
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void Logits_WholeAndBehindACache_StayThere(string set, string name)
    {
        int reads = MetaKernels.ReadsOf(() =>
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            using var model = Create(set, name);
            long vocabulary = model.OutputWeight.shape[0];
            int length = Math.Min(60, model.Config.ContextLength);

            AssertThere(model.Logits(Ids(2, length)), [2, length, vocabulary]);

            using var longer = Read(model, 2, length - 20);
            using var shorter = Read(model, 1, 6);
            using var kept = longer.Take([0, 1, 1], length - 25);
            using var joined = KeyValueCache.Join([(kept, [0, 2]), (shorter, [0])]); // of two lengths: padding, with angles and masks of its own
            foreach (long tokens in new[] { 1, 1, 3 })
            {
                AssertThere(model.Logits(Ids(3, tokens), joined), [3, tokens, vocabulary]);
            }
        });

        AssertReads(6, reads, set, name, readsTexts: 5);
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void Gradients_PlainAndCheckpointed_StayThere(string set, string name)
    {
        foreach (bool checkpoints in new[] { false, true })
        {
            int reads = MetaKernels.ReadsOf(() =>
            {
                using var scope = NewDisposeScope();
                using var model = Create(set, name);
                int told = 0;
                model.UsesGradientCheckpointing = checkpoints;
                model.GradientsAreThere = _ => told++;

                FamilyGolden.Loss(model, Ids(2, Math.Min(48, model.Config.ContextLength))).backward();

                Assert.Equal(model.Blocks.Count, told);
                Assert.All(model.named_parameters(), p => AssertThere(p.parameter.grad!, p.parameter.shape));
            });

            AssertReads(checkpoints ? 2 : 1, reads, set, name);
        }
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void Adapters_PlainAndBesideNf4_StayThere(string set, string name)
    {
        foreach (bool quantizes in new[] { false, true })
        {
            int reads = MetaKernels.ReadsOf(() =>
            {
                using var scope = NewDisposeScope();
                using var model = Create(set, name, quantizes);
                var adapters = LowRankAdapters.Attach(model, new LoraOptions { Rank = 4, Alpha = 8 }, 1, quantizes);
                var ids = Ids(2, Math.Min(48, model.Config.ContextLength));

                FamilyGolden.Loss(model, ids).backward();

                Assert.All(adapters.All, a => AssertThere(a.Up.grad!, a.Up.shape));
                Assert.All(adapters.All, a => AssertThere(a.Down.grad!, a.Down.shape));
                using var noGradient = no_grad();
                adapters.Merge();
                AssertThere(model.Logits(ids), [2, ids.shape[1], model.OutputWeight.shape[0]]);
            });

            AssertReads(2, reads, set, name);
        }
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void Scores_OfTokensAndOfCandidates_AreReadOnceABatch(string set, string name)
    {
        int reads = MetaKernels.ReadsOf(() =>
        {
            using var scope = NewDisposeScope();
            using var model = Create(set, name);
            int vocabulary = model.Config.VocabularySize;
            var candidates = new CandidateProjection([.. Enumerable.Range(0, vocabulary).Select(i => i % 3)], 3); // fewer than are kept
            int[][] texts = [[1, 2, 3, 4, 5, 6, 7], [1, 2, 3]];

            var tokens = new SequenceScorer(model, vocabulary, 5).Score(texts, null, CancellationToken.None);
            var sums = new SequenceScorer(model, vocabulary, 5, candidates).Score(texts, null, CancellationToken.None);
            var samples = new SequenceScorer(model, vocabulary, 5, samples: true).Score(texts, null, CancellationToken.None);

            Assert.Equal([35, 15], tokens.Select(s => s.Logits.Length));
            Assert.Equal([35, 15], sums.Select(s => s.Indices.Length));
            Assert.Equal([35, 15], samples.Select(s => s.Indices.Length));
        });

        AssertReads(3, reads - 3, set, name);
    }

    // Experts: how many tokens each gets is read in every layer of every pass. Texts whose angles change with their length are remembered here.
    private static void AssertReads(int passes, int reads, string set, string name, int readsTexts = 0)
    {
        using var model = Create(set, name);
        int experts = model.modules().Count(m => m is MixtureOfExperts or StackedExperts);
        Assert.Equal((experts * passes) + (_rereading.Contains(name) ? readsTexts : 0), reads);
    }

    private static CausalModel Create(string set, string name, bool quantizes = false)
    {
        Assert.SkipWhen(name == "none", SharedData.MissingReason);
        var model = ModelFactory.Create(ModelConfig.Read(GoldenSet.Path(set, name)), 7, ScalarType.Float32, CPU);
        if (quantizes)
        {
            LowRankAdapters.MapsOf(model).ForEach(m => m.Map.Quantize()); // reads numbers, which only the processor has
        }

        MetaKernels.Move(model);
        return model;
    }

    private static KeyValueCache Read(CausalModel model, long texts, long tokens)
    {
        var cache = new KeyValueCache();
        model.HiddenStates(Ids(texts, tokens), cache);
        return cache;
    }

    private static Tensor Ids(long texts, long tokens) => zeros([texts, tokens], ScalarType.Int64, META);

    private static void AssertThere(Tensor tensor, long[] shape)
    {
        Assert.Equal(DeviceType.META, tensor.device_type);
        Assert.Equal(shape, tensor.shape);
    }
}
