using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Models;
using FuseSharp.Testing;

namespace FuseSharp.Evaluation.Tests.Evaluate;

/// <summary>Likelihoods of continuations that end on both sides of the length at which a model's rotary angles change.</summary>
public sealed class LikelihoodScorerTests
{
    [Fact]
    public void Score_TextsWithOtherAngles_EachIsScoredAsAlone()
    {
        Assert.SkipUnless(GoldenSet.Has("families", "phi3-longrope"), SharedData.MissingReason); // 64 positions
        using var folder = new ScratchFolder();
        using var model = LanguageModel.Load(ModelCopy.Make(GoldenSet.Path("families", "phi3-longrope"), folder.At("model")));
        int[] context = [.. Enumerable.Range(0, 60).Select(i => i * 7 % 250)];
        LikelihoodRequest[] requests = [.. new[] { 3, 12, 4, 5, 6 }.Select(n => new LikelihoodRequest(context, [.. Enumerable.Range(9, n)]))];

        double[] Scores(params LikelihoodRequest[] some)
        {
            double[] scores = new double[some.Length];
            new LikelihoodScorer(model, 8).Score(some, (i, likelihood) => scores[i] = likelihood.LogProbability, CancellationToken.None);
            return scores;
        }

        double[] together = Scores(requests);

        Assert.All(requests.Zip(together), r => Assert.Equal(Scores(r.First)[0], r.Second, 1e-4));
    }
}
