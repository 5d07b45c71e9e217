using System.Globalization;
using System.Text;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Statistics;

namespace FuseSharp.Pipeline.Experiment;

/// <summary>What an experiment found: held-out bits per byte of every variant, and how far each is from training without fusion.</summary>
/// <param name="Domains">Columns.</param>
/// <param name="Models">The untrained target, then the sources.</param>
/// <param name="Clm">Training without fusion.</param>
/// <param name="Variants">Fused trainings.</param>
public sealed record ExperimentReport(
    IReadOnlyList<string> Domains, IReadOnlyList<ComparisonRow> Models, ComparisonRow Clm, IReadOnlyList<ComparisonRow> Variants)
{
    /// <summary>The report as a Markdown table.</summary>
    /// <remarks>Behind each figure the way from CLM to the best of the untrained models in that domain, which is 100 %, and – where CLM is ahead of them already; in the last column how many standard
    /// errors the mean lies below CLM's (both errors taken together).</remarks>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("| bits per byte (way from CLM to the experts) | ").AppendJoin(" | ", Domains).Append(" | mean | ahead of CLM |\n| --- |")
            .Append(string.Concat(Enumerable.Repeat(" --- |", Domains.Count + 2))).Append('\n');
        foreach (var row in Models)
        {
            Append(text, row, way: false);
        }

        Append(text, Clm, way: false);
        foreach (var row in Variants)
        {
            Append(text, row, way: true);
        }

        return text.ToString();
    }

    private void Append(StringBuilder text, ComparisonRow row, bool way)
    {
        text.Append("| ").Append(row.Model);
        foreach (string domain in Domains)
        {
            text.Append(" | ").Append(ComparisonTable.Show(row.Of(domain), row.Seeds.Count)).Append(way ? Way([domain], row) : "");
        }

        text.Append(" | ").Append(ComparisonTable.Show(row.Mean(Domains), row.Seeds.Count)).Append(way ? Way(Domains, row) : "").Append(" | ");
        double ahead = row.StandardErrorsAhead(Clm, Domains);
        text.Append(way && double.IsFinite(ahead) ? string.Create(CultureInfo.InvariantCulture, $"{ahead:+0.0;-0.0} s.e.") : "").Append(" |\n");
    }

    private string Way(IReadOnlyList<string> domains, ComparisonRow row)
    {
        double experts = domains.Select(d => Models.Min(m => m.Of(d).Mean)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
        double clm = Clm.Mean(domains).Mean;
        return experts < clm ? string.Create(CultureInfo.InvariantCulture, $" ({100 * (clm - row.Mean(domains).Mean) / (clm - experts):0} %)") : $" ({Estimate.Unknown})";
    }
}
