using FuseSharp.Models.Kernels;
using FuseSharp.Models.Scoring;
using FuseSharp.Testing.Oracles;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Kernels;

/// <summary>Probabilities summed by candidate before the largest are kept, by the kernel and by libtorch, against the definition.</summary>
public sealed class ProjectedScoresTests : IDisposable
{
    private const double Tolerance = 2e-5; // float32 sums of at most some hundred terms

    public void Dispose() => KernelRows.AreOff = false;

    [Theory]
    [InlineData(false, 150, 37, 5)]
    [InlineData(true, 150, 37, 5)]
    [InlineData(false, 1003, 1003, 50)]
    [InlineData(true, 1003, 1003, 50)]
    [InlineData(false, 20, 7, 9)] // more are kept than there are candidates
    [InlineData(true, 20, 7, 9)]
    public void Score_AnyProjection_KeepsTheLargestSumsOfTheWholeVocabulary(bool byLibtorch, int vocabulary, int candidates, int k)
    {
        KernelRows.AreOff = byLibtorch;
        using var model = ScoredModel.Create(vocabulary + 3); // three exist only in the embedding
        var random = new Random(vocabulary);
        // The last two candidates are nobody's; a tenth of the tokens count for none.
        int[] targets = [.. Enumerable.Range(0, vocabulary).Select(_ => random.Next(10) == 0 ? -1 : random.Next(candidates - 2))];
        int[] ids = [.. Enumerable.Range(0, 12).Select(_ => random.Next(vocabulary))];

        var scores = new SequenceScorer(model, vocabulary, k, new CandidateProjection(targets, candidates)).Score([ids], null, TestContext.Current.CancellationToken)[0];
        var unprojected = new SequenceScorer(model, vocabulary, k: 0).Score([ids], null, TestContext.Current.CancellationToken)[0];

        float[][] logits = ScoredModel.Logits(model, ids);
        Assert.Equal(unprojected.CrossEntropies, scores.CrossEntropies); // the true token's cost is the model's own, whatever is summed
        for (int t = 0; t < ids.Length; t++)
        {
            double[] sums = ProjectionOracle.Sums(logits[t], token => token < vocabulary ? targets[token] : -1, candidates);
            double[] largest = [.. sums.Where(s => s > 0).OrderDescending().Take(k)];
            int[] found = scores.Indices[(t * k)..((t + 1) * k)];
            Assert.Equal(largest.Length, found.Count(i => i >= 0));
            Assert.All(found[largest.Length..], i => Assert.Equal(-1, i));
            Assert.Equal(largest.Length, found[..largest.Length].Distinct().Count());
            for (int i = 0; i < largest.Length; i++)
            {
                Assert.Equal(Math.Log(largest[i]), scores.Logits[(t * k) + i] - scores.LogNormalizers[t], Tolerance);
                Assert.Equal(Math.Log(sums[found[i]]), scores.Logits[(t * k) + i] - scores.LogNormalizers[t], Tolerance);
            }
        }
    }

    [Fact]
    public void Score_EveryTokenItself_IsTheScoreWithoutProjection()
    {
        using var model = ScoredModel.Create(60);
        int[] ids = [1, 5, 59, 3];

        var own = new SequenceScorer(model, 60, 8).Score([ids], null, TestContext.Current.CancellationToken)[0];
        var projected = new SequenceScorer(model, 60, 8, new CandidateProjection([.. Enumerable.Range(0, 60)], 60)).Score([ids], null, TestContext.Current.CancellationToken)[0];

        Assert.Equal(own.Indices, projected.Indices);
        Assert.All(own.Logits.Zip(projected.Logits), l => Assert.Equal(l.First, l.Second, Tolerance));
    }

    [Fact]
    public void Score_WeightsThatAreNoNumbers_AreSeen()
    {
        using var model = ScoredModel.Create(60);
        using (no_grad())
        {
            model.OutputWeight[7] = float.NaN;
        }

        var scores = new SequenceScorer(model, 60, 8, new CandidateProjection([.. Enumerable.Range(0, 60)], 60)).Score([[1, 2]], null, TestContext.Current.CancellationToken)[0];

        Assert.False(scores.AreFinite);
    }
}
