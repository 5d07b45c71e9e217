using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Statistics;


namespace FuseSharp.Pipeline.Compare;

/// <summary>One model of a comparison.</summary>
/// <param name="Model">What the table calls it.</param>
/// <param name="Seeds">For each training seed, bits per byte in every domain that has test texts; one entry for a model that was not trained here.</param>
public sealed record ComparisonRow(string Model, IReadOnlyList<IReadOnlyDictionary<string, BitsPerByteResult>> Seeds)
{
    /// <summary>What the model is in its run; null where it is of none.</summary>
    public ModelRole? Role { get; init; }

    /// <summary>Mean over the seeds in one domain, and its standard error over them; NaN for a domain that was not measured.</summary>
    public Estimate Of(string domain) => Estimate.From([.. Seeds.Where(s => s.ContainsKey(domain)).Select(s => s[domain].BitsPerByte)]);

    /// <summary>Unweighted mean over the domains that were measured, then over the seeds, and its standard error over the seeds.</summary>
    public Estimate Mean(IReadOnlyList<string> domains)
        => Estimate.From([.. Seeds.Select(s => domains.Where(s.ContainsKey).Select(d => s[d].BitsPerByte).DefaultIfEmpty(double.NaN).Average())]);

    /// <summary>By how many standard errors over the seeds this row's mean lies below another's; NaN with fewer than two seeds.</summary>
    /// <param name="other">The row it is compared with.</param>
    /// <param name="domains">What the means are over.</param>
    public double StandardErrorsAhead(ComparisonRow other, IReadOnlyList<string> domains)
    {
        var (own, theirs) = (Mean(domains), other.Mean(domains));
        return (theirs.Mean - own.Mean) / Math.Sqrt((own.StandardError * own.StandardError) + (theirs.StandardError * theirs.StandardError));
    }

    /// <summary>Means over the seeds, domain by domain.</summary>
    public IReadOnlyDictionary<string, BitsPerByteResult> Domains
        => Seeds[0].Keys.ToDictionary(d => d, d => BitsPerByteResult.MeanOf([.. Seeds.Select(s => s[d])]));

    /// <summary>By how many bits per byte this row lies below another on the same texts, mean of the domains, and the standard error of that over the texts.</summary>
    /// <param name="other">The row it is compared with.</param>
    /// <param name="domains">What the mean is over; those that were not measured are left out.</param>
    public Estimate Below(ComparisonRow other, IReadOnlyList<string> domains)
    {
        var (own, theirs) = (Domains, other.Domains);
        var all = domains.Where(own.ContainsKey).Select(d => own[d].Below(theirs[d])).ToList();
        return all.Count == 0 ? Estimate.From([]) : new Estimate(all.Average(b => b.Bits), Math.Sqrt(all.Sum(b => b.StandardError * b.StandardError)) / all.Count);
    }
}
