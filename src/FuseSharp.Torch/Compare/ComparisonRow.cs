using FuseSharp.Torch.Evaluate;

namespace FuseSharp.Torch.Compare;

/// <summary>One model of a comparison.</summary>
/// <param name="Model">What the table calls it.</param>
/// <param name="Seeds">For each training seed, bits per byte in every domain; one entry for a model that was not trained here.</param>
public sealed record ComparisonRow(string Model, IReadOnlyList<IReadOnlyDictionary<string, BitsPerByteResult>> Seeds)
{
    /// <summary>Mean over the seeds in one domain, and its standard error.</summary>
    public (double Mean, double StandardError, int Seeds) Of(string domain) => Statistics([.. Seeds.Select(s => s[domain].BitsPerByte)]);

    /// <summary>Unweighted mean over the domains, then over the seeds, and its standard error over the seeds.</summary>
    public (double Mean, double StandardError, int Seeds) Mean(IReadOnlyList<string> domains)
        => Statistics([.. Seeds.Select(s => domains.Average(d => s[d].BitsPerByte))]);

    /// <summary>By how many standard errors this row's mean lies below another's; NaN with fewer than two seeds.</summary>
    /// <param name="other">The row it is compared with.</param>
    /// <param name="domains">What the means are over.</param>
    public double StandardErrorsAhead(ComparisonRow other, IReadOnlyList<string> domains)
    {
        var (own, error, seeds) = Mean(domains);
        var (theirs, theirError, theirSeeds) = other.Mean(domains);
        return Math.Min(seeds, theirSeeds) < 2 ? double.NaN : (theirs - own) / Math.Sqrt((error * error) + (theirError * theirError));
    }

    private static (double Mean, double StandardError, int Seeds) Statistics(double[] values)
    {
        double mean = values.Average();
        double error = values.Length < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
        return (mean, error, values.Length);
    }
}
