using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FuseSharp.Report.Content;
using OxyPlot;
using OxyPlot.Axes;

namespace FuseSharp.Report.Charts;

/// <summary>Draws charts as SVG that belongs into a page: its colours are the style's, its size is the place's, its letters are the page's.</summary>
internal static partial class ChartSvg
{
    private const double WideWidth = 720;
    private const double NarrowWidth = 340;
    private const double FontSize = 13;

    // Widest letters of the fonts that pages are shown in, as a share of their size; the library measures with one font and the reader has another.
    private const double LetterWidth = 0.62;

    /// <summary>Draws a chart in both widths, for each with its own labels and marks.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="description">The same in words.</param>
    /// <param name="id">Unique on the page; letters and digits.</param>
    /// <param name="height">Of both.</param>
    /// <param name="model">Makes the chart for a width.</param>
    /// <param name="legend">What its colours mean; null where it needs none.</param>
    public static ReportChart Draw(string title, string description, string id, double height, Func<bool, PlotModel> model, IReadOnlyList<string>? legend = null)
        => new(title, description, Draw(model(false), title, description, id + "w", WideWidth, height), Draw(model(true), title, description, id + "n", NarrowWidth, height))
        {
            Legend = legend ?? [],
        };

    /// <summary>A chart without data, in the style of all.</summary>
    public static PlotModel Empty() => new()
    {
        Culture = CultureInfo.InvariantCulture,
        TextColor = ChartColors.Text,
        PlotAreaBorderThickness = new OxyThickness(0),
        Padding = new OxyThickness(2, 8, 16, 2),
        DefaultFontSize = FontSize,
    };

    /// <summary>An axis of numbers with lines behind the data.</summary>
    /// <param name="position">Bottom or left.</param>
    /// <param name="title">Its unit, or null.</param>
    /// <param name="interval">Least distance of its labels.</param>
    public static LinearAxis Numbers(AxisPosition position, string? title, double interval)
        => new()
        {
            Position = position,
            Title = title,
            AxisTitleDistance = 8,
            TickStyle = TickStyle.None,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = ChartColors.Grid,
            MinimumPadding = 0.06,
            MaximumPadding = 0.06,
            IntervalLength = interval,
        };

    /// <summary>Adds an axis of names on the left, from top to bottom; such axes run upwards, so series give their rows in reverse.</summary>
    /// <param name="model">The chart; it has its other axis already.</param>
    /// <param name="rows">Names; long ones are cut short.</param>
    /// <param name="isNarrow">Whether it is drawn for narrow pages.</param>
    public static void AddNames(PlotModel model, IEnumerable<string> rows, bool isNarrow)
    {
        int most = isNarrow ? 16 : 40;
        string[] labels = [.. rows.Reverse().Select(r => r.Length <= most ? r : r[..(most - 1)] + "…")];
        var names = new CategoryAxis { Position = AxisPosition.Left, Key = "names", TickStyle = TickStyle.None, GapWidth = 0.5 };
        names.Labels.AddRange(labels);
        model.Axes.Add(names);
        LeaveRoom(model, labels.Max(l => l.Length));
    }

    /// <summary>Leaves room for the labels of both axes in any font.</summary>
    /// <param name="model">The chart.</param>
    /// <param name="longest">Letters of the longest label on the left.</param>
    public static void LeaveRoom(PlotModel model, int longest)
        => model.PlotMargins = new OxyThickness((longest * FontSize * LetterWidth) + 10, double.NaN, double.NaN, model.Axes.Any(a => a.IsHorizontal() && a.Title is not null) ? 50 : 28);

    private static string Draw(PlotModel model, string title, string description, string id, double width, double height)
    {
        var svg = XDocument.Parse(new SvgExporter { Width = width, Height = height, IsDocument = false }.ExportToString(model)).Root!;
        var names = svg.Name.Namespace;
        svg.Attributes().Where(a => !a.IsNamespaceDeclaration).Remove();
        svg.Attributes().Where(a => a.Name.LocalName == "xlink").Remove();
        svg.Add(new XAttribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}")), new XAttribute("role", "img"), new XAttribute("aria-labelledby", $"{id}t {id}d"));
        svg.AddFirst(new XElement(names + "title", new XAttribute("id", id + "t"), title), new XElement(names + "desc", new XAttribute("id", id + "d"), description));
        foreach (var attribute in svg.Descendants().Attributes().ToList())
        {
            switch (attribute.Name.LocalName)
            {
                case "font-family":
                    attribute.Remove();
                    break;
                case "fill" or "stroke" or "style":
                    attribute.Value = Color().Replace(attribute.Value, c => ChartColors.StyleOf(c.Value));
                    break;
                case "id" or "clip-path": // numbered from 1 in every chart, and one page holds many
                    attribute.Value = attribute.Value.Replace("clipPath", id + "clip", StringComparison.Ordinal);
                    break;
            }
        }

        return svg.ToString(SaveOptions.DisableFormatting);
    }

    [GeneratedRegex(@"rgb\(\d+,\d+,\d+\)")]
    private static partial Regex Color();
}
