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

    /// <summary>The same difference as <see cref="Below"/>, its error over the texts and over the seeds: trainings of the same seed see the same blocks in the same order, so that they are compared pair by pair.</summary>
    /// <param name="other">The row it is compared with.</param>
    /// <param name="domains">What the mean is over.</param>
    /// <returns>Where both have as many seeds and at least two, errors of texts and seeds add in squares; else the error is over the texts.</returns>
    public Estimate PairedBelow(ComparisonRow other, IReadOnlyList<string> domains)
    {
        var below = Below(other, domains);
        if (Seeds.Count < 2 || Seeds.Count != other.Seeds.Count)
        {
            return below;
        }

        double MeanOf(IReadOnlyDictionary<string, BitsPerByteResult> seed) => domains.Where(seed.ContainsKey).Average(d => seed[d].BitsPerByte);
        var seeds = Estimate.From([.. Seeds.Zip(other.Seeds, (own, theirs) => MeanOf(theirs) - MeanOf(own))]);
        double error = double.IsFinite(seeds.StandardError) ? seeds.StandardError : 0; // all differences alike
        return below with { StandardError = Math.Sqrt((below.StandardError * below.StandardError) + (error * error)) };
    }

    /// <summary>Whether a figure of this row is worse than the untouched target's, and the row one that the run has made.</summary>
    /// <param name="target">The target's row; null where there is none.</param>
    /// <param name="figure">The figure in a row: a domain's or the mean.</param>
    public bool IsWorse(ComparisonRow? target, Func<ComparisonRow, Estimate> figure)
        => target is not null && Role is not (null or ModelRole.Target or ModelRole.Source) && figure(this).Mean > figure(target).Mean;

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
