using FuseSharp.Report.Content;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace FuseSharp.Report.Charts;

/// <summary>The course of some figures over the steps of a training.</summary>
internal static class LineChart
{
    private const double Height = 280;

    // More cannot be told apart in the width of a page.
    private const int MostPoints = 160;

    private const int LongestNumber = 5;

    /// <summary>Draws it; long courses are shown by the means of equal pieces.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="description">The same in words.</param>
    /// <param name="id">Unique on the page.</param>
    /// <param name="lines">Step and figure.</param>
    public static ReportChart Draw(string title, string description, string id, IReadOnlyList<(string Name, IReadOnlyList<(double Step, double Value)> Points)> lines)
        => ChartSvg.Draw(title, description, id, Height, _ =>
        {
            var model = ChartSvg.Empty();
            model.Axes.Add(ChartSvg.Numbers(AxisPosition.Bottom, "step", 80));
            model.Axes.Add(ChartSvg.Numbers(AxisPosition.Left, null, 45));
            ChartSvg.LeaveRoom(model, LongestNumber);
            for (int i = 0; i < lines.Count; i++)
            {
                var series = new LineSeries { Color = ChartColors.Series(i), StrokeThickness = 2, LineJoin = LineJoin.Round };
                series.Points.AddRange(Thinned(lines[i].Points));
                model.Series.Add(series);
            }

            return model;
        }, [.. lines.Select(l => l.Name)]);

    private static IEnumerable<DataPoint> Thinned(IReadOnlyList<(double Step, double Value)> points)
    {
        int size = (points.Count + MostPoints - 1) / MostPoints;
        return points.Chunk(Math.Max(1, size)).Select(c => new DataPoint(c.Average(p => p.Step), c.Average(p => p.Value)));
    }
}
