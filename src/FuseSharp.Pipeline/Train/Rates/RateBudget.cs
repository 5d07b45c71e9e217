namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>How many steps the choice of a learning rate takes: a third of the training that it is for, of short trainings 20 steps.</summary>
/// <param name="Range">Steps of the range test.</param>
/// <param name="First">Steps of each of the three first trials.</param>
/// <param name="Second">Steps of each of the two last ones.</param>
public sealed record RateBudget(int Range, int First, int Second)
{
    // A twelfth of the training, then 3 × 1/24 and 2 × 1/16. A range test of more than 32 steps tells nothing more.
    private const int ShareOfRange = 12;
    private const int ShareOfFirst = 24;
    private const int ShareOfSecond = 16;
    private const int LeastRange = 8;
    private const int MostRange = 32;
    private const int LeastFirst = 2;
    private const int LeastSecond = 3;

    /// <summary>All steps together.</summary>
    public int Steps => Range + (RateSearch.Candidates * First) + (2 * Second);

    /// <summary>The budget for a training.</summary>
    /// <param name="steps">Of the training.</param>
    public static RateBudget Compute(int steps)
        => new(Math.Clamp(steps / ShareOfRange, LeastRange, MostRange), Math.Max(LeastFirst, steps / ShareOfFirst), Math.Max(LeastSecond, steps / ShareOfSecond));
}
