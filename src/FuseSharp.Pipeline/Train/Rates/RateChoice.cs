using System.Globalization;
using FuseSharp.Statistics;

namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>The learning rate of a method, and what it was chosen by.</summary>
/// <param name="LearningRate">The choice.</param>
/// <param name="Untouched">Bits per byte of the target as it is on the validation texts; null where there are none.</param>
/// <param name="Range">The range test; empty where there was none.</param>
/// <param name="Trials">Short trainings in their order, the winner the last.</param>
public sealed record RateChoice(double LearningRate, double? Untouched, IReadOnlyList<RatePoint> Range, IReadOnlyList<RateTrial> Trials)
{
    /// <summary>What is taken where there are no validation texts to choose by.</summary>
    internal static RateChoice Published { get; } = new(TrainOptions.PublishedLearningRate, null, [], []);

    /// <summary>The choice and its figures in a line.</summary>
    /// <param name="method">What is trained so.</param>
    public string Describe(string method)
        => Untouched is not { } untouched
            ? $"rate {method}: {Show(LearningRate)}, the published run's: there are no validation texts to choose a learning rate by. Name 'validation:' files in the recipe, or give train.learning_rate a number."
            : $"rate {method}: {Show(LearningRate)}{Edge} ({(Range.Count == 0 ? "" : $"range test: steepest at {Show(RateRange.Rounded(new RateRange(Range).Steepest))}; ")}bits per byte on validation texts: untouched {Estimate.Number(untouched)}, {string.Join(", ", Trials.Select(Show))})";

    // The best rate may lie beyond it.
    private string Edge => LearningRate == Trials.Min(t => t.LearningRate) ? ", the smallest of those tried" : LearningRate == Trials.Max(t => t.LearningRate) ? ", the largest of those tried" : "";

    /// <summary>A rate as people write it.</summary>
    /// <param name="rate">Any.</param>
    public static string Show(double rate) => rate.ToString("0.#########", CultureInfo.InvariantCulture);

    private static string Show(RateTrial trial)
        => FormattableString.Invariant($"{Show(trial.LearningRate)} in {trial.Steps} steps {(trial.BitsPerByte is { } bits ? Estimate.Number(bits) : "diverged")}");
}
