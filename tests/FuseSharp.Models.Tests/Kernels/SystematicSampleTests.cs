using FuseSharp.Models.Kernels;
using FuseSharp.Models.Scoring;
using FuseSharp.Testing.Oracles;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Kernels;

/// <summary>Candidates drawn to stand for a whole distribution, by the kernel and by libtorch, against the definition.</summary>
public sealed unsafe class SystematicSampleTests : IDisposable
{
    private const int Points = 400;

    public void Dispose() => KernelRows.AreOff = false;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Draw_OverAllPoints_GivesEveryCandidateItsOwnWeight(bool byLibtorch)
    {
        float[] weights = Weights(new Random(1), 203);
        const int K = 20;
        double total = weights.Sum(w => (double)w);
        double[] mean = new double[weights.Length];
        for (int i = 0; i < Points; i++)
        {
            var (kept, ids) = Draw(byLibtorch, weights, K, (i + 0.5) / Points);

            Assert.Equal(K, ids.Distinct().Count());
            Assert.Equal(total, kept.Sum(w => (double)w), 1e-4);
            Assert.Equal(kept.OrderDescending(), kept);
            for (int c = 0; c < K; c++)
            {
                mean[ids[c]] += kept[c] / (double)Points;
            }
        }

        // A candidate is met by a part of the points that is known to one of them.
        double share = SystematicSampleOracle.Share(weights, K);
        Assert.All(weights.Zip(mean), w => Assert.Equal(w.First, w.Second, (share / Points) + 1e-6));
        Assert.Contains(weights, w => w > share);
        Assert.Contains(weights, w => w > 0 && w < share);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Draw_FewerThanK_KeepsThemAsTheyAre(bool byLibtorch)
    {
        float[] weights = new float[40];
        (weights[3], weights[17], weights[39]) = (0.25f, 1, 0.125f);

        var (kept, ids) = Draw(byLibtorch, weights, 5, 0.9);

        Assert.Equal([1, 0.25f, 0.125f, 0, 0], kept);
        Assert.Equal([17, 3, 39], ids[..3]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Draw_EqualWeights_TakesThemAtEqualDistances(bool byLibtorch)
    {
        float[] weights = new float[60];
        Array.Fill(weights, 0.5f);

        var (kept, ids) = Draw(byLibtorch, weights, 6, 0.25);

        Assert.All(kept, w => Assert.Equal(5, w, 1e-5));
        Assert.Equal([2, 12, 22, 32, 42, 52], ids.Order());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Score_Sampled_IsTheSampleOfTheModelsDistribution(bool byLibtorch, bool isProjected)
    {
        KernelRows.AreOff = byLibtorch;
        const int Vocabulary = 250;
        const int Candidates = 90;
        const int K = 12;
        using var model = ScoredModel.Create(Vocabulary + 3); // three exist only in the embedding and are never kept
        var random = new Random(5);
        int[] targets = [.. Enumerable.Range(0, Vocabulary).Select(_ => random.Next(10) == 0 ? -1 : random.Next(Candidates))];
        int[] ids = [.. Enumerable.Range(0, 14).Select(_ => random.Next(Vocabulary))];

        var scores = new SequenceScorer(model, Vocabulary, K, isProjected ? new CandidateProjection(targets, Candidates) : null, samples: true).Score([ids], null, TestContext.Current.CancellationToken)[0];

        float[][] logits = ScoredModel.Logits(model, ids);
        for (int t = 0; t < ids.Length; t++)
        {
            double[] weights = ProjectionOracle.Sums(logits[t], token => token >= Vocabulary ? -1 : isProjected ? targets[token] : token, isProjected ? Candidates : Vocabulary);
            var expected = SystematicSampleOracle.Draw(weights, K, SystematicSample.PointsOf(ids)[t]);
            var actual = Enumerable.Range(t * K, K).ToDictionary(i => scores.Indices[i], i => Math.Exp(scores.Logits[i] - scores.LogNormalizers[t]));
            Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
            Assert.All(expected, e => Assert.Equal(e.Value, actual[e.Key], 2e-5));
        }
    }

    [Fact]
    public void PointsOf_AnotherSequence_AreOthers()
    {
        double[] points = SystematicSample.PointsOf([4, 8, 15]);

        Assert.Equal(points, SystematicSample.PointsOf([4, 8, 15]));
        Assert.Empty(points.Intersect(SystematicSample.PointsOf([4, 8, 16])));
        Assert.All(points, p => Assert.InRange(p, 0, 0.9999999999999999));
    }

    private static (float[] Kept, int[] Ids) Draw(bool byLibtorch, float[] weights, int k, double point)
    {
        if (byLibtorch)
        {
            using var scope = NewDisposeScope();
            var (values, indices) = SystematicSample.Draw(tensor(weights, [1, weights.Length]), tensor(new[] { point }, [1, 1]), k);
            return ([.. values.data<float>()], [.. indices.data<long>().Select(i => (int)i)]);
        }

        using var row = new AlignedRow(weights.Length);
        weights.CopyTo(new Span<float>(row.Start, weights.Length));
        int[] ids = [.. Enumerable.Range(0, weights.Length).OrderByDescending(i => weights[i]).Take(k)];
        float[] kept = [.. ids.Select(i => weights[i])];
        SystematicSample.Draw(row.Start, weights.Length, kept, ids, point);
        return (kept, ids);
    }

    // A few large ones and a long tail, as a model's.
    private static float[] Weights(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)Math.Exp(4 * random.NextDouble() * random.NextDouble() * random.NextDouble()) / 100)];
}
