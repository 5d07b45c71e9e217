using FuseSharp.Report.Content;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace FuseSharp.Report.Charts;

/// <summary>Shares of several models in several wholes, a bar each.</summary>
internal static class ShareChart
{
    private const double RowHeight = 40;

    /// <summary>Draws it.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="description">The same in words.</param>
    /// <param name="id">Unique on the page.</param>
    /// <param name="parts">Names of the parts.</param>
    /// <param name="rows">From top to bottom, with the share of each part, 0–1.</param>
    public static ReportChart Draw(string title, string description, string id, IReadOnlyList<string> parts, IReadOnlyList<(string Name, IReadOnlyList<double> Shares)> rows)
        => ChartSvg.Draw(title, description, id, (RowHeight * rows.Count) + 40, isNarrow =>
        {
            var model = ChartSvg.Empty();
            var shares = ChartSvg.Numbers(AxisPosition.Bottom, null, 80);
            (shares.Key, shares.Minimum, shares.Maximum, shares.MajorStep, shares.StringFormat) = ("shares", 0, 1, 0.25, "P0");
            model.Axes.Add(shares);
            ChartSvg.AddNames(model, rows.Select(r => r.Name), isNarrow);
            for (int p = 0; p < parts.Count; p++)
            {
                var bars = new BarSeries { IsStacked = true, FillColor = ChartColors.Series(p), StrokeThickness = 0, XAxisKey = "shares", YAxisKey = "names" };
                bars.Items.AddRange(rows.Reverse().Select(r => new BarItem(r.Shares[p])));
                model.Series.Add(bars);
            }

            return model;
        }, parts);
}
