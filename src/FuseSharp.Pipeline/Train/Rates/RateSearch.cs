namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>Chooses a learning rate by trials in rounds (successive halving, Jamieson and Talwalkar 2016): the worse half of the rates is dropped after each round, the others get longer trials.</summary>
/// <remarks>
/// Trials are short, and a training that goes on longer likes a larger rate than they do: what its first steps spoil it makes good later. So of the last round the largest rate is chosen that
/// has reached three quarters of the best one's gain over the untouched target (docs/decisions/0093).
/// </remarks>
public static class RateSearch
{
    private const double Enough = 0.75;

    /// <summary>Chooses.</summary>
    /// <param name="candidates">In any order.</param>
    /// <param name="rounds">Steps of each trial, round by round.</param>
    /// <param name="untouched">Bits per byte of the target as it is.</param>
    /// <param name="measure">A training at a rate over some steps.</param>
    /// <returns>All trials, the winner the last.</returns>
    public static IReadOnlyList<RateTrial> Run(IReadOnlyList<double> candidates, IReadOnlyList<int> rounds, double untouched, Func<double, int, RateTrial> measure)
    {
        var before = new List<RateTrial>();
        double[] left = [.. candidates.Order()];
        for (int round = 0; ; round++)
        {
            // Of equal ones the smaller first: what gains nothing is not risked.
            RateTrial[] ranked = [.. left.Select(c => measure(c, rounds[round])).OrderBy(t => t.BitsPerByte ?? double.PositiveInfinity).ThenBy(t => t.LearningRate)];
            if (round == rounds.Count - 1)
            {
                var chosen = Choose(ranked, untouched);
                return [.. before, .. ranked.Where(t => t != chosen).OrderBy(t => t.LearningRate), chosen];
            }

            before.AddRange(ranked.OrderBy(t => t.LearningRate));
            left = [.. ranked.Take((left.Length + 1) / 2).Select(t => t.LearningRate).Order()];
        }
    }

    private static RateTrial Choose(RateTrial[] ranked, double untouched)
    {
        double enough = untouched - (Enough * (untouched - (ranked[0].BitsPerByte ?? double.PositiveInfinity)));
        return ranked[0].BitsPerByte < untouched ? ranked.Where(t => t.BitsPerByte <= enough).MaxBy(t => t.LearningRate)! : ranked[0];
    }

    /// <summary>How many candidates a round tries.</summary>
    /// <param name="candidates">Of the first round.</param>
    /// <param name="round">0-based.</param>
    internal static int LeftAfter(int candidates, int round) => round == 0 ? candidates : LeftAfter((candidates + 1) / 2, round - 1);
}
