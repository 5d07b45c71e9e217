using System.Globalization;
using FuseSharp.Statistics;

namespace FuseSharp.Pipeline.Compare;

/// <summary>Bits per byte of several models in several domains: what a fusion is judged by.</summary>
/// <param name="Domains">Columns.</param>
/// <param name="Rows">Models in the order in which they are shown.</param>
public sealed record ComparisonTable(IReadOnlyList<string> Domains, IReadOnlyList<ComparisonRow> Rows)
{
    /// <summary>What was asked for and could not be made.</summary>
    public IReadOnlyList<SkippedModel> Skipped { get; init; } = [];

    /// <summary>A figure as the table shows it: <c>2.0517</c>, with several seeds <c>2.0517 ± 0.0004</c>.</summary>
    /// <param name="figure">Of one model.</param>
    /// <param name="seeds">Its trainings.</param>
    public static string Show(Estimate figure, int seeds) => seeds > 1 ? figure.Show() : Estimate.Number(figure.Mean);

    /// <summary>What stands behind a figure that is worse than the untouched target's.</summary>
    public const string WorseMark = "▲";

    /// <summary>What the mark means, for below a table; null where none stands in it.</summary>
    public string? MarkNote => Rows.Any(r => Figures(r).Any(f => f.IsWorse)) ? $"{WorseMark} worse than the untouched target." : null;

    /// <summary>The cells of a row behind its name: a figure for each domain, then the mean.</summary>
    /// <param name="row">One of the rows.</param>
    public IReadOnlyList<string> Cells(ComparisonRow row) => [.. Figures(row).Select(f => Show(f.Figure, row.Seeds.Count) + (f.IsWorse ? " " + WorseMark : ""))];

    private IEnumerable<(Estimate Figure, bool IsWorse)> Figures(ComparisonRow row)
    {
        var target = Rows.FirstOrDefault(r => r.Role == ModelRole.Target);
        return Domains.Select(d => (Func<ComparisonRow, Estimate>)(r => r.Of(d))).Append(r => r.Mean(Domains)).Select(f => (f(row), row.IsWorse(target, f)));
    }

    /// <summary>What the column of means is called: <c>mean</c>, or <c>mean of 2</c> where not every domain was measured.</summary>
    public string MeanName => Domains.Count(IsMeasured) is var measured && measured == Domains.Count ? "mean" : string.Create(CultureInfo.InvariantCulture, $"mean of {measured}");

    private bool IsMeasured(string domain) => Rows.Any(r => r.Seeds[0].ContainsKey(domain));
}
