using OxyPlot;

namespace FuseSharp.Report.Charts;

/// <summary>Colours by their role. A chart is drawn once; the page's style says what the roles look like by day and by night.</summary>
internal static class ChartColors
{
    /// <summary>Number of colours that can be told apart in both schemes; more series take them again from the first.</summary>
    public const int Count = 6;

    /// <summary>Words.</summary>
    public static readonly OxyColor Text = OxyColor.FromRgb(1, 1, 1);

    /// <summary>Lines behind the data.</summary>
    public static readonly OxyColor Grid = OxyColor.FromRgb(2, 2, 2);

    /// <summary>What the chart compares with.</summary>
    public static readonly OxyColor Quiet = OxyColor.FromRgb(3, 3, 3);

    /// <summary>A series, 0-based.</summary>
    public static OxyColor Series(int number) => OxyColor.FromRgb(4, 4, (byte)(number % Count));

    /// <summary>The style's name for a colour that was drawn, as CSS writes it: <c>var(--series-0)</c>.</summary>
    /// <param name="drawn"><c>rgb(r,g,b)</c> as the library writes it.</param>
    public static string StyleOf(string drawn)
        => drawn switch
        {
            "rgb(1,1,1)" => "var(--text)",
            "rgb(2,2,2)" => "var(--grid)",
            "rgb(3,3,3)" => "var(--quiet)",
            _ when drawn.StartsWith("rgb(4,4,", StringComparison.Ordinal) => $"var(--series-{drawn[8..^1]})",
            _ => drawn,
        };
}
