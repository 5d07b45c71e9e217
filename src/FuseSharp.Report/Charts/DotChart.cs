using FuseSharp.Report.Content;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace FuseSharp.Report.Charts;

/// <summary>Figures of several models with their standard errors, a row each.</summary>
internal static class DotChart
{
    private const double RowHeight = 30;

    /// <summary>Draws it; its axis need not begin at 0, for dots stand for places, not for lengths.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="description">The same in words.</param>
    /// <param name="id">Unique on the page.</param>
    /// <param name="unit">Of the axis.</param>
    /// <param name="hasZero">Whether a line stands at 0, where figures are differences.</param>
    /// <param name="rows">From top to bottom.</param>
    public static ReportChart Draw(
        string title, string description, string id, string unit, bool hasZero, IReadOnlyList<(string Name, double Value, double StandardError, bool IsMain)> rows)
        => ChartSvg.Draw(title, description, id, (RowHeight * rows.Count) + 60, isNarrow =>
        {
            var model = ChartSvg.Empty();
            model.Axes.Add(Numbers(unit, isNarrow ? 70 : 90, rows));
            ChartSvg.AddNames(model, rows.Select(r => r.Name), isNarrow);
            if (hasZero)
            {
                model.Annotations.Add(new LineAnnotation { Type = LineAnnotationType.Vertical, X = 0, Color = ChartColors.Quiet, LineStyle = LineStyle.Solid });
            }

            model.Series.Add(Dots(rows, isMain: false));
            model.Series.Add(Dots(rows, isMain: true));
            return model;
        });

    // The library leaves errors out of an axis's range.
    private static LinearAxis Numbers(string unit, double interval, IReadOnlyList<(string Name, double Value, double StandardError, bool IsMain)> rows)
    {
        var axis = ChartSvg.Numbers(AxisPosition.Bottom, unit, interval);
        double least = rows.Min(r => r.Value - Whisker(r.StandardError));
        double most = rows.Max(r => r.Value + Whisker(r.StandardError));
        double room = Math.Max(1e-4, axis.MinimumPadding * (most - least));
        (axis.Minimum, axis.Maximum) = (least - room, most + room);
        return axis;
    }

    private static double Whisker(double standardError) => double.IsFinite(standardError) ? 2 * standardError : 0;

    private static ScatterErrorSeries Dots(IReadOnlyList<(string Name, double Value, double StandardError, bool IsMain)> rows, bool isMain)
    {
        var color = isMain ? ChartColors.Series(0) : ChartColors.Quiet;
        var dots = new ScatterErrorSeries
        {
            MarkerType = MarkerType.Circle,
            MarkerSize = isMain ? 6 : 5,
            MarkerFill = color,
            ErrorBarColor = color,
            ErrorBarStrokeThickness = 2,
            ErrorBarStopWidth = 0,
        };
        dots.Points.AddRange(rows.Reverse().Select((r, i) => (Row: r, At: i)).Where(r => r.Row.IsMain == isMain)
            .Select(r => new ScatterErrorPoint(r.Row.Value, r.At, 2 * Whisker(r.Row.StandardError), 0))); // the library takes the whole length
        return dots;
    }
}
