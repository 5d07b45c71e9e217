using System.Globalization;
using System.Text;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Train.Rates;
using FuseSharp.Statistics;

namespace FuseSharp.Pipeline.Experiment;

/// <summary>What an experiment found: held-out bits per byte of every variant, and how far each is from training without fusion.</summary>
/// <param name="Domains">Columns.</param>
/// <param name="Models">The untrained target, the sources, the ensemble where the recipe has it.</param>
/// <param name="Clm">Training without fusion.</param>
/// <param name="Variants">Fused trainings.</param>
public sealed record ExperimentReport(
    IReadOnlyList<string> Domains, IReadOnlyList<ComparisonRow> Models, ComparisonRow Clm, IReadOnlyList<ComparisonRow> Variants)
{
    /// <summary>The learning rate of each trained row.</summary>
    public required IReadOnlyDictionary<string, double> LearningRates { get; init; }

    /// <summary>The report as a Markdown table.</summary>
    /// <remarks>Behind each figure the way from CLM to the best of the untrained models in that domain, which is 100 %, and – where CLM is ahead of them already; in the last column by how many
    /// bits per byte the mean lies below CLM's, compared text by text and seed by seed, with the standard error of both, and how many errors that is. What is worse than the untouched target is marked.</remarks>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("| bits per byte (way from CLM to the experts) | rate | ").AppendJoin(" | ", Domains).Append(" | mean | ahead of CLM |\n| --- |")
            .Append(string.Concat(Enumerable.Repeat(" --- |", Domains.Count + 3))).Append('\n');
        foreach (var row in Models)
        {
            Append(text, row, way: false);
        }

        Append(text, Clm, way: false);
        foreach (var row in Variants)
        {
            Append(text, row, way: true);
        }

        return text.Append(Models.Prepend(Clm).Concat(Variants).Any(r => Domains.Any(d => r.IsWorse(Models[0], m => m.Of(d)))) ? $"\n{ComparisonTable.WorseMark} worse than the untouched target.\n" : "").ToString();
    }

    private void Append(StringBuilder text, ComparisonRow row, bool way)
    {
        text.Append("| ").Append(row.Model).Append(" | ").Append(LearningRates.TryGetValue(row.Model, out double rate) ? RateChoice.Show(rate) : Estimate.Unknown);
        foreach (string domain in Domains)
        {
            text.Append(" | ").Append(ComparisonTable.Show(row.Of(domain), row.Seeds.Count)).Append(Mark(row, r => r.Of(domain))).Append(way ? Way([domain], row) : "");
        }

        text.Append(" | ").Append(ComparisonTable.Show(row.Mean(Domains), row.Seeds.Count)).Append(Mark(row, r => r.Mean(Domains))).Append(way ? Way(Domains, row) : "").Append(" | ");
        var ahead = row.PairedBelow(Clm, Domains);
        text.Append(way && double.IsFinite(ahead.Mean) ? string.Create(CultureInfo.InvariantCulture, $"{ahead.Mean:+0.0000;-0.0000} ± {Estimate.Number(ahead.StandardError)} ({ahead.Mean / ahead.StandardError:+0.0;-0.0} s.e.)") : "").Append(" |\n");
    }

    private string Mark(ComparisonRow row, Func<ComparisonRow, Estimate> figure) => row.IsWorse(Models[0], figure) ? " " + ComparisonTable.WorseMark : "";

    private string Way(IReadOnlyList<string> domains, ComparisonRow row)
    {
        double experts = domains.Select(d => Models.Min(m => m.Of(d).Mean)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
        double clm = Clm.Mean(domains).Mean;
        return experts < clm ? string.Create(CultureInfo.InvariantCulture, $" ({100 * (clm - row.Mean(domains).Mean) / (clm - experts):0} %)") : $" ({Estimate.Unknown})";
    }
}
