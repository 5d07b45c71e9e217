using FuseSharp.Statistics;


namespace FuseSharp.Evaluation.Evaluate;

/// <summary>Bits per byte over a set of texts.</summary>
/// <param name="BitsPerByte">Σ bits / Σ bytes.</param>
/// <param name="StandardError">Of it over the texts, as a ratio estimate; NaN for fewer than two texts.</param>
/// <param name="PerplexityPerToken">exp of the mean nats of a token: not comparable across tokenizers.</param>
/// <param name="Bytes">UTF-8 bytes in all.</param>
/// <param name="Tokens">Predicted tokens in all.</param>
public sealed record BitsPerByteResult(double BitsPerByte, double StandardError, double PerplexityPerToken, long Bytes, long Tokens)
{
    /// <summary>The figure with its error.</summary>
    public Estimate Estimate => new(BitsPerByte, StandardError);

    /// <summary>What each text took, in the order of the texts: two models on the same texts are compared text by text.</summary>
    public TextCosts Texts { get; init; } = new([], [], []);

    /// <summary>exp of the mean nats of a word (Σ nats / Σ words), as lm-evaluation-harness gives it: comparable across tokenizers, for texts whose words white space parts.</summary>
    public double PerplexityPerWord => Math.Exp(Texts.Nats.Sum() / Math.Max(1, Texts.Words.Sum()));

    /// <summary>The figures of texts that a model has read: a ratio of sums, its error from the texts’ own ratios.</summary>
    /// <param name="texts">What each took.</param>
    /// <param name="tokens">Tokens that were predicted, of which perplexity is the mean.</param>
    public static BitsPerByteResult From(TextCosts texts, long tokens)
    {
        var (ratio, error) = RatioOf([.. texts.Nats.Select(n => n / Math.Log(2))], texts.Bytes);
        return new BitsPerByteResult(ratio, error, Math.Exp(texts.Nats.Sum() / Math.Max(1, tokens)), (long)texts.Bytes.Sum(), tokens) { Texts = texts };
    }

    /// <summary>The mean of several results on the same texts, such as of trainings with different seeds; its error is that over the texts.</summary>
    /// <param name="results">At least one.</param>
    public static BitsPerByteResult MeanOf(IReadOnlyList<BitsPerByteResult> results)
        => results.Count == 1 ? results[0]
            : From(results[0].Texts with { Nats = [.. Enumerable.Range(0, results[0].Texts.Nats.Count).Select(i => results.Average(r => r.Texts.Nats[i]))] }, results[0].Tokens);

    /// <summary>By how many bits per byte this lies below another result on the same texts, and the standard error of that difference over the texts.</summary>
    /// <remarks>Texts are hard or easy for all models alike: paired, that part of the variance cancels.</remarks>
    /// <returns>NaN where the texts are not the same ones.</returns>
    public (double Bits, double StandardError) Below(BitsPerByteResult other)
        => Texts.Bytes.Count > 0 && Texts.Bytes.SequenceEqual(other.Texts.Bytes)
            ? RatioOf([.. other.Texts.Nats.Zip(Texts.Nats, (theirs, own) => (theirs - own) / Math.Log(2))], Texts.Bytes)
            : (double.NaN, double.NaN);

    // Variance of a ratio of sums by linearization: residuals bitsᵢ − ratio · bytesᵢ.
    private static (double Ratio, double StandardError) RatioOf(double[] bits, IReadOnlyList<double> bytes)
    {
        double allBytes = bytes.Sum();
        double ratio = bits.Sum() / allBytes;
        int n = bits.Length;
        double residuals = bits.Zip(bytes, (a, b) => Math.Pow(a - (ratio * b), 2)).Sum();
        return (ratio, n < 2 ? double.NaN : Math.Sqrt(residuals * n / (n - 1)) / allBytes);
    }
}
