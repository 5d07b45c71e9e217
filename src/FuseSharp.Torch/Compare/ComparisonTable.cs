using System.Globalization;
using System.Text;

namespace FuseSharp.Torch.Compare;

/// <summary>Bits per byte of several models in several domains: what a fusion is judged by.</summary>
/// <param name="Domains">Columns.</param>
/// <param name="Rows">Models in the order in which they are shown.</param>
public sealed record ComparisonTable(IReadOnlyList<string> Domains, IReadOnlyList<ComparisonRow> Rows)
{
    /// <summary>What was asked for and could not be made.</summary>
    public IReadOnlyList<NotMade> NotMade { get; init; } = [];

    /// <summary>The table as Markdown: mean over the seeds, with its standard error where there are several.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("| bits per byte | ").AppendJoin(" | ", Domains).Append(" | mean |\n| --- |").Append(string.Concat(Enumerable.Repeat(" --- |", Domains.Count + 1))).Append('\n');
        foreach (var row in Rows)
        {
            text.Append("| ").Append(row.Model).Append(" | ").AppendJoin(" | ", Domains.Select(d => Show(row.Of(d))).Append(Show(row.Mean(Domains)))).Append(" |\n");
        }

        foreach (var (name, why) in NotMade)
        {
            text.Append('\n').Append(name).Append(": not made, ").Append(why).Append(".\n");
        }

        return text.ToString();
    }

    /// <summary>A figure as the table shows it: <c>2.0517</c>, with several seeds <c>2.0517 ± 0.0004</c>.</summary>
    public static string Show((double Mean, double StandardError, int Seeds) figure)
        => figure.Seeds > 1
            ? string.Create(CultureInfo.InvariantCulture, $"{figure.Mean:F4} ± {figure.StandardError:F4}")
            : string.Create(CultureInfo.InvariantCulture, $"{figure.Mean:F4}");

    /// <summary>By how many standard errors one row's mean lies below another's; NaN with fewer than two seeds.</summary>
    /// <param name="better">The row that should be lower.</param>
    /// <param name="worse">The row it is compared with.</param>
    public double StandardErrorsAhead(ComparisonRow better, ComparisonRow worse)
    {
        var (a, errorA, seedsA) = better.Mean(Domains);
        var (b, errorB, seedsB) = worse.Mean(Domains);
        return Math.Min(seedsA, seedsB) < 2 ? double.NaN : (b - a) / Math.Sqrt((errorA * errorA) + (errorB * errorB));
    }
}
