using FuseSharp.Statistics;

namespace FuseSharp.Evaluation.Tasks;

/// <summary>A figure of a task.</summary>
/// <param name="Name">Such as <c>acc</c>.</param>
/// <param name="Value">0–1, BLEU and chrF 0–100, perplexity at least 1.</param>
/// <param name="StandardError">Of <paramref name="Value"/>; NaN for fewer than two samples, or samples that are all the same.</param>
public sealed record TaskFigure(string Name, double Value, double StandardError)
{
    private const int Resamples = 200;

    /// <summary>A mean with its standard error (n − 1).</summary>
    public static TaskFigure MeanOf(string name, IReadOnlyList<double> values)
    {
        var (mean, error) = Estimate.From(values);
        return new TaskFigure(name, mean, error);
    }

    /// <summary>exp of a mean, its error carried through the exponential.</summary>
    public static TaskFigure ExponentialOf(string name, IReadOnlyList<double> values)
    {
        var mean = MeanOf(name, values);
        return mean with { Value = Math.Exp(mean.Value), StandardError = Math.Exp(mean.Value) * mean.StandardError };
    }

    /// <summary>A figure of a whole corpus; its error is the deviation over 200 corpora drawn from it with replacement (bootstrap).</summary>
    public static TaskFigure CorpusOf<T>(string name, IReadOnlyList<T> sentences, Func<IEnumerable<T>, double> value)
    {
        var random = new Random(sentences.Count);
        double[] drawn = [.. Enumerable.Range(0, Resamples).Select(_ => value([.. Enumerable.Range(0, sentences.Count).Select(_ => sentences[random.Next(sentences.Count)])]))];
        double mean = drawn.Average();
        return new TaskFigure(name, value(sentences), sentences.Count < 2 ? double.NaN : Math.Sqrt(drawn.Sum(d => (d - mean) * (d - mean)) / (Resamples - 1)));
    }
}
