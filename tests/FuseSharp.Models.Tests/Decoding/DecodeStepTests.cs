using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Decoding;
using FuseSharp.Models.Families;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Layers;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Decoding;

/// <summary>Steps without libtorch against libtorch's, for every golden.</summary>
public sealed class DecodeStepTests
{
    private const double Tolerance = 2e-5; // as of GenerationBatchTests: sums in another order

    public static TheoryData<string, string> Goldens
        => [.. new[] { "models", "families" }.SelectMany(set => GoldenSet.FoldersIn(set).Where(n => GoldenSet.Has(set, n, "golden.safetensors")).Select(n => (set, n)))];

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Logits_TextsOfDifferentLengths_AreLibTorchs(string set, string name)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(GoldenSet.Path(set, name), ScalarType.Float32, CPU);
        if (model.FindStep() is not { } step)
        {
            return; // see FindStep_Families_KnowsThese
        }

        using var golden = new SafetensorsReader(GoldenSet.Path(set, name, "golden.safetensors"));
        long[] ids = [.. golden.Read("input_ids").data<long>()];
        int[] lengths = [5, 21, 12, 1, 30];
        KeyValueCache[] caches = [.. lengths.Select((n, i) => Read(model, ids[i..(i + n)]))];
        foreach (int texts in new[] { 1, 2, 5 })
        {
            (KeyValueCache, long[])[] parts = [.. caches[..texts].Select(c => (c, new long[1]))];
            using var own = KeyValueCache.Join(parts);
            using var other = KeyValueCache.Join(parts);
            for (int t = 0; t < 70; t++) // beyond the room that a cache has at first, and beyond windows
            {
                int[] next = [.. Enumerable.Range(0, texts).Select(i => (int)ids[(i + t) % ids.Length])];

                float[] found = step.Logits(next, own).ToArray();

                using var round = NewDisposeScope();
                var expected = model.Logits(tensor(next, [texts, 1], ScalarType.Int64), other);
                double difference = (tensor(found) - expected.flatten()).abs().max().ToDouble() / Math.Max(1, expected.abs().max().ToDouble());
                Assert.True(difference <= Tolerance, FormattableString.Invariant($"{texts} texts, step {t}: {difference}"));
            }

            Assert.Equal(other.Length, own.Length);
        }

        Array.ForEach(caches, c => c.Dispose());
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void FindStep_Families_KnowsThese()
    {
        string[] unknown = [.. Goldens.Select(g => g.Data).Where(g =>
        {
            using var model = ModelFolder.Load(GoldenSet.Path(g.Item1, g.Item2), ScalarType.Float32, CPU);
            return model.FindStep() is null;
        }).Select(g => g.Item2)];

        // Networks of their own, experts in one tensor, latent attention, and angles that depend on how long a text will have been.
        Assert.Equal(
            ["deepseek-v2-lite", "gpt-neox", "gpt-neox-v5", "gpt-neox-v5-sequential", "gpt-oss", "gpt2", "mpt-6heads-clip", "mpt-alibi", "phi3-longrope", "phi3-longrope-attention-factor", "phi3-longrope-partial"],
            unknown.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void FindStep_OtherTypeOrAdaptersOrSwitchedOff_IsNothing()
    {
        Assert.SkipUnless(GoldenSet.Has("models", "llama-mha"), SharedData.MissingReason);
        using var exact = ModelFolder.Load(GoldenSet.Path("models", "llama-mha"), ScalarType.Float32, CPU);
        using var rounded = ModelFolder.Load(GoldenSet.Path("models", "llama-mha"), ScalarType.BFloat16, CPU);
        Assert.NotNull(exact.FindStep());
        Assert.Null(rounded.FindStep());

        KernelRows.AreOff = true;
        try
        {
            Assert.Null(exact.FindStep());
        }
        finally
        {
            KernelRows.AreOff = false;
        }

        exact.Adapters = Architectures.LowRankAdapters.Attach(exact, new LoraOptions { Rank = 2 }, 1, quantizes: false);
        Assert.Null(exact.FindStep());
    }

    [Fact]
    public unsafe void Attention_CapSinkAndAnySize_IsTheFormula()
    {
        var random = new Random(4);
        foreach (int size in new[] { 1, 8, 16, 20, 64, 72, 128 })
        {
            foreach (int count in new[] { 1, 2, 15, 16, 17, 100 })
            {
                float[] query = Numbers(size, random), keys = Numbers(count * size, random), values = Numbers(count * size, random);
                float? cap = random.Next(2) == 0 ? null : 2;
                float? sink = random.Next(2) == 0 ? null : 0.5f;
                float[] result = new float[size];
                float[] scores = new float[count];
                fixed (float* q = query, k = keys, v = values, r = result, s = scores)
                {
                    QueryAttention.Run(q, k, v, count, size, 0.7f, cap, sink, s, r);
                }

                double[] weights = [.. Enumerable.Range(0, count).Select(p => Enumerable.Range(0, size).Sum(i => (double)query[i] * keys[(p * size) + i]) * 0.7).Select(x => Math.Exp(cap is { } c ? c * Math.Tanh(x / c) : x))];
                double sum = weights.Sum() + (sink is { } own ? Math.Exp(own) : 0);
                for (int i = 0; i < size; i++)
                {
                    Assert.Equal(Enumerable.Range(0, count).Sum(p => weights[p] / sum * values[(p * size) + i]), result[i], 2e-6);
                }
            }
        }
    }

    [Theory]
    [InlineData((int)ActivationKind.Silu)]
    [InlineData((int)ActivationKind.Relu)]
    [InlineData((int)ActivationKind.TanhGelu)]
    public unsafe void Activate_AnyCount_IsTheFormula(int kind)
    {
        foreach (int count in new[] { 1, 15, 16, 17, 40 })
        {
            float[] gate = [.. Enumerable.Range(0, count).Select(i => (i - (count / 2)) * 0.37f)];
            float[] up = [.. Enumerable.Range(0, count).Select(i => 1 + (i * 0.1f))];
            float[] alone = [.. gate];
            float[] gated = [.. gate];
            fixed (float* a = alone, b = gated, u = up)
            {
                RowArithmetic.Activate((ActivationKind)kind, a, null, count);
                RowArithmetic.Activate((ActivationKind)kind, b, u, count);
            }

            for (int i = 0; i < count; i++)
            {
                double x = gate[i];
                double expected = (ActivationKind)kind switch
                {
                    ActivationKind.Silu => x / (1 + Math.Exp(-x)),
                    ActivationKind.Relu => Math.Max(0, x),
                    _ => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
                };
                Assert.Equal(expected, alone[i], 2e-6 * Math.Max(1, Math.Abs(expected)));
                Assert.Equal(expected * up[i], gated[i], 2e-6 * Math.Max(1, Math.Abs(expected * up[i])));
            }
        }
    }

    private static float[] Numbers(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];

    private static KeyValueCache Read(Architectures.CausalModel model, long[] ids)
    {
        var cache = new KeyValueCache();
        model.HiddenStates(tensor(ids, [1, ids.Length]), cache);
        return cache;
    }
}
