using System.Globalization;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Scoring;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Families;

/// <summary>Every architecture says and learns on a graphics processor what it does on the processor, which the goldens hold to transformers. Only config.json of a golden is read.</summary>
public sealed class GraphicsProcessorTests
{
    /// <summary>Why there is nothing to test.</summary>
    public const string MissingReason = "No graphics processor is here, or libtorch has no CUDA (FUSESHARP_LIBTORCH=python takes PyTorch's).";

    private const double LogitTolerance = 1e-4;
    private const double GradientTolerance = 1e-5; // of the tensor's norm

    /// <summary>True where there is none.</summary>
    public static bool IsMissing => !cuda.is_available();

    public static TheoryData<string, string> Configs
        => GoldenSet.FoldersIn("families") is { Count: > 0 } families ? [.. families.Select(f => ("families", f)), .. GoldenSet.FoldersIn("models").Select(f => ("models", f))]
            : [.. GoldenSet.FoldersIn("models").DefaultIfEmpty("none").Select(f => ("models", f))];

    [Theory(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    [MemberData(nameof(Configs))]
    public void Logits_WholeAndBehindACache_AreTheProcessors(string set, string name)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var pair = new Pair(set, name);
        int length = Math.Min(60, pair.Here.Config.ContextLength); // past the windows and the trained lengths of the goldens
        var ids = pair.Ids(2, length);

        var expected = pair.Here.Logits(ids);
        var actual = pair.There.Logits(ids.cuda());
        using var cache = new KeyValueCache();
        long[] parts = [20, 1, 6, 1, length - 30, 1, 1];
        var pieces = new List<Tensor>();
        foreach (long part in parts)
        {
            pieces.Add(pair.There.Logits(ids.narrow(1, cache.Length, part).cuda(), cache));
        }

        int same = pair.Here.LengthClass(length) == pair.Here.LengthClass(20) ? 0 : 28; // as FamilyTests has it
        AssertNear(expected, actual);
        AssertNear(expected.narrow(1, same, length - same), cat(pieces, 1).narrow(1, same, length - same));
    }

    [Theory(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    [MemberData(nameof(Configs))]
    public void Gradients_PlainAndCheckpointed_AreTheProcessors(string set, string name)
    {
        using var scope = NewDisposeScope();
        using var pair = new Pair(set, name);
        var ids = pair.Ids(2, Math.Min(48, pair.Here.Config.ContextLength));
        FamilyGolden.Loss(pair.Here, ids).backward();
        foreach (bool checkpoints in new[] { false, true })
        {
            pair.There.UsesGradientCheckpointing = checkpoints;
            pair.There.zero_grad();

            FamilyGolden.Loss(pair.There, ids.cuda()).backward();

            foreach (var ((key, here), (_, there)) in pair.Here.named_parameters().Zip(pair.There.named_parameters()))
            {
                double difference = (there.grad!.cpu() - here.grad!).norm().ToDouble() / Math.Max(1e-6, here.grad!.norm().ToDouble());
                Assert.True(difference <= GradientTolerance, FormattableString.Invariant($"{key}: {difference}"));
            }
        }
    }

    [Theory(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    [MemberData(nameof(Configs))]
    public void Adapters_PlainAndBesideNf4_Learn(string set, string name)
    {
        foreach (bool quantizes in new[] { false, true })
        {
            using var scope = NewDisposeScope();
            using var pair = new Pair(set, name);
            var ids = pair.Ids(2, Math.Min(48, pair.Here.Config.ContextLength)).cuda();
            var adapters = LowRankAdapters.Attach(pair.There, new LoraOptions { Rank = 4, Alpha = 8 }, 1, quantizes);
            var optimizer = optim.Adam(pair.There.parameters().Where(p => p.requires_grad), lr: 0.02);
            double[] losses = new double[6];
            for (int step = 0; step < losses.Length; step++)
            {
                optimizer.zero_grad();
                var loss = FamilyGolden.Loss(pair.There, ids);
                losses[step] = loss.item<float>();
                loss.backward();
                optimizer.step();
            }

            Assert.InRange(losses[^1], 0, losses[0] * 0.999);
            using var noGradient = no_grad();
            var adapted = pair.There.Logits(ids);
            adapters.Merge();
            AssertNear(adapted, pair.There.Logits(ids));
        }
    }

    [Theory(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    [MemberData(nameof(Configs))]
    public void Scores_AreTheProcessors(string set, string name)
    {
        using var scope = NewDisposeScope();
        using var pair = new Pair(set, name);
        int vocabulary = (int)pair.Here.OutputWeight.shape[0];
        int[][] texts = [.. new[] { 7, 31, 32, 1 }.Select(n => pair.Ids(1, n).data<long>().Select(i => (int)i).ToArray())];

        var expected = new SequenceScorer(pair.Here, vocabulary, 5).Score(texts, null, CancellationToken.None);
        var actual = new SequenceScorer(pair.There, vocabulary, 5).Score(texts, null, CancellationToken.None);

        foreach (var (e, a) in expected.Zip(actual))
        {
            Assert.All(e.CrossEntropies.Zip(a.CrossEntropies), p => Assert.Equal(p.First, p.Second, LogitTolerance));
            Assert.All(e.LogNormalizers.Zip(a.LogNormalizers), p => Assert.Equal(p.First, p.Second, LogitTolerance));
            Assert.All(e.Logits.Zip(a.Logits), p => Assert.Equal(p.First, p.Second, LogitTolerance));
        }
    }

    [Theory(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    [MemberData(nameof(Configs))]
    public void Generate_PromptsSideBySide_WritesTheMostLikelyToken(string set, string name)
    {
        using var folder = new ScratchFolder();
        using var tiny = LanguageModel.Load("tiny", folder.Write("tiny.gguf", TinyGguf.Build()), ScalarType.Float32, CPU);
        using var scope = NewDisposeScope();
        using var pair = new Pair(set, name);
        int vocabulary = Math.Min(tiny.Tokenizer.Vocabulary.Count, (int)pair.Here.OutputWeight.shape[0]);
        using var model = new LanguageModel(name, "", pair.There, tiny.Tokenizer);
        (int Place, int[] Prompt)[] prompts = [.. Enumerable.Range(0, 12).Select(i => (i, Enumerable.Range(0, 3 + (i % 5)).Select(t => ((i * 31) + (t * 7)) % vocabulary).ToArray()))];
        var written = new Dictionary<int, int[]>();

        new TextGenerator(model, new GenerateOptions { Temperature = 0, MaxTokens = 6 }).Generate(prompts, 8, (place, done) => written[place] = [.. done.Tokens.Select(t => t.Id)], CancellationToken.None);

        using var noGradient = no_grad();
        foreach (var (place, prompt) in prompts)
        {
            long[] ids = [.. prompt.Concat(written[place]).Select(i => (long)i)];
            var logits = pair.Here.Logits(tensor(ids, [1, ids.Length]))[0].narrow(1, 0, vocabulary);
            for (int i = 0; i < written[place].Length; i++)
            {
                var said = logits[prompt.Length + i - 1];
                Assert.InRange((said.max() - said[written[place][i]]).item<float>(), 0, 2 * LogitTolerance); // equal ones may change places
            }
        }
    }

    private static void AssertNear(Tensor expected, Tensor actual)
    {
        double difference = FamilyGolden.Difference(expected.cpu(), actual.cpu());
        Assert.True(difference <= LogitTolerance, difference.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The same random weights in both places.</summary>
    private sealed class Pair : IDisposable
    {
        public Pair(string set, string name)
        {
            var config = ModelConfig.Read(GoldenSet.Path(set, name));
            Here = ModelFactory.Create(config, 7, ScalarType.Float32, CPU);
            There = ModelFactory.Create(config, 7, ScalarType.Float32, CUDA);
            using var noGradient = no_grad();
            foreach (var ((_, from), (_, to)) in Here.named_parameters().Zip(There.named_parameters()))
            {
                to.copy_(from);
            }
        }

        public CausalModel Here { get; }

        public CausalModel There { get; }

        public Tensor Ids(int texts, int length)
        {
            var random = new Random(3);
            return tensor([.. Enumerable.Range(0, texts * length).Select(_ => (long)random.Next(Here.Config.VocabularySize))], [texts, length]);
        }

        public void Dispose()
        {
            Here.Dispose();
            There.Dispose();
        }
    }
}
