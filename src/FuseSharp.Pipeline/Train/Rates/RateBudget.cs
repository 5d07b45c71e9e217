namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>How many steps the choice of a learning rate takes.</summary>
/// <param name="Range">Steps of the range test; 0 where the candidates are given.</param>
/// <param name="Rounds">Steps of each trial, round by round: each round halves the candidates.</param>
public sealed record RateBudget(int Range, IReadOnlyList<int> Rounds)
{
    // A twelfth of the training each. A range test of more than 32 steps tells nothing more; of fewer than 8, or trials of fewer than 4, nothing at all.
    private const int Share = 12;
    private const int LeastRange = 8;
    private const int MostRange = 32;
    private const int LeastTrial = 4;

    /// <summary>All steps together, of as many candidates as a range test gives.</summary>
    public int Steps => Range + Rounds.Select((steps, round) => steps * RateSearch.LeftAfter(RateRange.CandidateCount, round)).Sum();

    /// <summary>Of a run: a range test and three trials, a third of the training in all, of short trainings 20 steps.</summary>
    /// <param name="steps">Of the training.</param>
    public static RateBudget OfRun(int steps) => new(Math.Clamp(steps / Share, LeastRange, MostRange), [Math.Max(LeastTrial, steps / Share)]);

    /// <summary>Of an experiment, whose trainings are many: candidates that are given, tried in an eighth of the training, the better half of them in a quarter.</summary>
    /// <param name="steps">Of the training.</param>
    public static RateBudget OfExperiment(int steps) => new(0, [Math.Max(LeastTrial, steps / 8), Math.Max(LeastTrial, steps / 4)]);
}
