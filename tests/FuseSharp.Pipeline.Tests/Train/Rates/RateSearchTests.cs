using FuseSharp.Pipeline.Train.Rates;

namespace FuseSharp.Pipeline.Tests.Train.Rates;

/// <summary>Which learning rate is chosen, by trials whose outcome is a formula.</summary>
public sealed class RateSearchTests
{
    [Theory]
    [InlineData(0.003, 0.004)]
    [InlineData(0.0001, 0.001)]
    [InlineData(1, 0.016)]
    public void Run_OneRound_TheBestIsChosen(double best, double chosen)
    {
        var trials = Run([5], rate => 10 + Math.Abs(Math.Log(rate / best)));

        Assert.Equal(chosen, trials[^1].LearningRate);
        Assert.Equal([0.001, 0.004, 0.016], trials.Select(t => t.LearningRate).Order());
    }

    [Fact]
    public void Run_Rounds_HalveTheRatesAndLengthenTheTrials()
    {
        var trials = RateSearch.Run([8, 1, 4, 2], [2, 6, 9], 0, (rate, steps) => new(rate, steps, Math.Abs(rate - 3)));

        // 1, 2, 4 and 8 lie 2, 1, 1 and 5 from 3: 2 and 4 stay, then 2, the smaller of equal ones.
        Assert.Equal([(1, 2), (2, 2), (4, 2), (8, 2), (2, 6), (4, 6), (2, 9)], trials.Select(t => ((int)t.LearningRate, t.Steps)));
    }

    // Untouched 10, the best 9.0 at the smallest rate: 9.25 is three quarters of the gain.
    [Theory]
    [InlineData(9.2, 9.24, 0.016)]
    [InlineData(9.2, 9.26, 0.004)]
    [InlineData(9.3, 9.26, 0.001)]
    [InlineData(9.3, 9.25, 0.016)]
    public void Run_LargerRateThatReachesThreeQuartersOfTheGain_IsChosen(double second, double third, double chosen)
        => Assert.Equal(chosen, Run([2], rate => rate < 0.002 ? 9 : rate < 0.01 ? second : third)[^1].LearningRate);

    [Fact]
    public void Run_AllWorseThanTheUntouchedTarget_TheBestIsChosen() => Assert.Equal(0.001, Run([2], rate => 10 + rate)[^1].LearningRate);

    [Fact]
    public void Run_RatesThatDiverge_LoseToThoseThatDoNot() => Assert.Equal(0.001, Run([2], rate => rate > 0.002 ? null : 9)[^1].LearningRate);

    [Fact]
    public void Run_AllDiverge_TheSmallestIsLeft() => Assert.Equal(0.001, Run([2], _ => null)[^1].LearningRate);

    [Fact]
    public void Candidates_AroundTheSteepestStep()
    {
        // 3.0 → 2.9 → 2.4 → 2.6: the step at 0.0016 lowered the loss the most.
        var range = new RateRange([new(0.0001, 3.0), new(0.0016, 2.9), new(0.0256, 2.4), new(0.4, 2.6)]);

        Assert.Equal(0.0016, range.Steepest);
        Assert.Equal([0.0004, 0.0016, 0.004], range.Candidates);
    }

    [Theory]
    [InlineData(380)]
    [InlineData(137)]
    [InlineData(96)]
    public void Budget_OfARun_IsAThirdOfTheTraining(int steps) => Assert.InRange(RateBudget.OfRun(steps).Steps, steps / 4, steps / 3);

    [Fact]
    public void Budget_OfAShortTraining_IsTwentySteps() => Assert.Equal(20, RateBudget.OfRun(1).Steps);

    [Theory]
    [InlineData(10, false)]
    [InlineData(13.1, true)]
    [InlineData(double.NaN, true)]
    public void IsOver_RisenByThreeTenths(double loss, bool expected) => Assert.Equal(expected, RateRange.IsOver(10, loss));

    private static IReadOnlyList<RateTrial> Run(int[] rounds, Func<double, double?> bits)
        => RateSearch.Run([0.001, 0.004, 0.016], rounds, untouched: 10, (rate, steps) => new RateTrial(rate, steps, bits(rate)));
}
