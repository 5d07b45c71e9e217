using FuseSharp.Pipeline.Train.Rates;

namespace FuseSharp.Pipeline.Tests.Train.Rates;

/// <summary>Which learning rate is chosen, by trials whose outcome is a formula.</summary>
public sealed class RateSearchTests
{
    private static readonly RateBudget _budget = new(8, 2, 3);

    [Theory]
    [InlineData(0.004, 0.004)] // between its neighbours: the best stays, for its half is worse
    [InlineData(0.002, 0.002)] // nearer to the half of the best
    [InlineData(0.00025, 0.00025)] // below all candidates: a fourth of the smallest is tried
    [InlineData(1, 0.016)] // the range test ends where candidates do
    public void Run_BestRateOfAFormula_IsFound(double best, double chosen)
        => Assert.Equal(chosen, Run(rate => Math.Abs(Math.Log(rate / best)))[^1].LearningRate);

    [Fact]
    public void Run_AllTrialsAlike_ChoosesTheSmallestOfTheLast() => Assert.Equal(0.00025, Run(_ => 1)[^1].LearningRate);

    [Fact]
    public void Run_RatesThatDiverge_LoseToThoseThatDoNot()
    {
        var trials = Run(rate => rate > 0.003 ? null : 2 - rate);

        Assert.Equal([0.001, 0.004, 0.016, 0.00025, 0.001], trials.Select(t => t.LearningRate));
        Assert.Equal([2, 2, 2, 3, 3], trials.Select(t => t.Steps));
    }

    [Fact]
    public void Candidates_FourTimesApartBelowTheSteepestStep()
    {
        // 3.0 → 2.9 → 2.4 → 2.6: the step at 0.0016 lowered the loss the most.
        var range = new RateRange([new(0.0001, 3.0), new(0.0016, 2.9), new(0.0256, 2.4), new(0.4, 2.6)]);

        Assert.Equal(0.0016, range.Steepest);
        Assert.Equal([0.0001, 0.0004, 0.0016], range.Candidates);
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(137)]
    [InlineData(96)]
    public void Budget_IsAThirdOfTheTraining(int steps) => Assert.InRange(RateBudget.Compute(steps).Steps, 8, steps / 3);

    [Fact]
    public void Budget_OfAShortTraining_IsTwentySteps() => Assert.Equal(20, RateBudget.Compute(1).Steps);

    private static IReadOnlyList<RateTrial> Run(Func<double, double?> bits)
        => RateSearch.Run([0.001, 0.004, 0.016], _budget, (rate, steps) => new RateTrial(rate, steps, bits(rate)));
}
