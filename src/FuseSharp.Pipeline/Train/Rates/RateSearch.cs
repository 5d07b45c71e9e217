namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>Chooses a learning rate by trials: three short trainings, then two longer ones, of the best rate and of a smaller one, for short trainings like larger rates than long ones do.</summary>
public static class RateSearch
{
    /// <summary>Trials of the first round.</summary>
    public const int Candidates = 3;

    private const double Half = 2;
    private const double BelowAll = 4;

    /// <summary>Chooses.</summary>
    /// <param name="candidates">The smallest first.</param>
    /// <param name="budget">How long the trials are.</param>
    /// <param name="measure">A training at a rate over some steps.</param>
    /// <returns>All trials, the winner the last.</returns>
    public static IReadOnlyList<RateTrial> Run(IReadOnlyList<double> candidates, RateBudget budget, Func<double, int, RateTrial> measure)
    {
        RateTrial[] first = [.. candidates.Select(c => measure(c, budget.First))];
        double best = Best(first).LearningRate;
        double below = RateRange.Rounded(best == candidates[0] ? best / BelowAll : best / Half);
        RateTrial[] second = [measure(best, budget.Second), measure(below, budget.Second)];
        var winner = Best(second);
        return [.. first, .. second.Where(t => t != winner), winner];
    }

    // Of equal ones the smaller: what gains nothing is not risked.
    private static RateTrial Best(IEnumerable<RateTrial> trials) => trials.OrderBy(t => t.BitsPerByte ?? double.PositiveInfinity).ThenBy(t => t.LearningRate).First();
}
