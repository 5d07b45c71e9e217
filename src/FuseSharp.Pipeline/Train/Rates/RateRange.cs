using System.Globalization;

namespace FuseSharp.Pipeline.Train.Rates;

/// <summary>A range test: the same blocks again and again at a learning rate that grows from step to step (Smith 2017), which shows how much a rate changes the model, whatever it is good for.</summary>
/// <param name="Points">A step each.</param>
public sealed record RateRange(IReadOnlyList<RatePoint> Points)
{
    private const double Smallest = 1e-6;
    private const double Largest = 0.1;

    // Of the loss before the first step: what has risen by as much does not come back.
    private const double Diverged = 1.3;

    // Around the steepest step: short trainings tell rates apart that are further apart than this only.
    private const double Below = 4;
    private const double Above = 2.5;

    /// <summary>How many candidates there are.</summary>
    internal const int CandidateCount = 3;

    /// <summary>The rate that lowered the loss the most in its step.</summary>
    public double Steepest
        => Points.Count < 2 ? Points[0].LearningRate : Points.Zip(Points.Skip(1)).MaxBy(p => p.First.Loss - p.Second.Loss).First.LearningRate;

    /// <summary>Three rates that are worth trying, the smallest first, with two digits.</summary>
    public IReadOnlyList<double> Candidates => [Rounded(Steepest / Below), Rounded(Steepest), Rounded(Steepest * Above)];

    /// <summary>The rate of a step: from 1e-6 to 0.1, each as many times the last one.</summary>
    /// <param name="step">0-based.</param>
    /// <param name="steps">Of the test.</param>
    public static double RateOf(int step, int steps) => Smallest * Math.Pow(Largest / Smallest, (double)step / Math.Max(1, steps - 1));

    /// <summary>Whether the test is at its end: the loss has risen so far that larger rates tell nothing.</summary>
    /// <param name="first">Loss before the first step.</param>
    /// <param name="loss">Loss now.</param>
    public static bool IsOver(double first, double loss) => !(loss <= Diverged * first);

    /// <summary>A rate with two digits, as people write them.</summary>
    public static double Rounded(double rate) => double.Parse(rate.ToString("E1", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
