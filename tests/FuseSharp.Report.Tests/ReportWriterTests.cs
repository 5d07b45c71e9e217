using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FuseSharp.Report.Charts;
using FuseSharp.Report.Content;

namespace FuseSharp.Report.Tests;

/// <summary>The page and the Markdown as texts.</summary>
public sealed partial class ReportWriterTests
{
    [Fact]
    public void Html_NamesOfStrangers_AreTextEverywhere()
    {
        string page = ReportWriter.Html(MadeUpReport.Create());

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>no", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;window.hacked = 1&lt;/script&gt;|&quot;&amp;&#x27;", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(External(), page);
    }

    [Fact]
    public void Markdown_NamesOfStrangers_AreTextEverywhere()
    {
        string text = ReportWriter.Markdown(MadeUpReport.Create());

        Assert.DoesNotMatch(@"(?m)^(?!target: ).*(?<!\\)<", text);      // every < is escaped, but in the recipe's code
        Assert.Contains("````yaml\ntarget: ", text, StringComparison.Ordinal); // a longer fence than the one in it
        string[] table = [.. text.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Take(5)];
        Assert.Equal([7, 7, 7, 7, 7], table.Select(l => Cell().Count(l) - 1));
        Assert.Contains("- Missing: merge of ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void PageAndMarkdown_ShowTheSameFigures()
    {
        var report = MadeUpReport.Create();
        string page = ReportWriter.Html(report);
        string text = ReportWriter.Markdown(report);

        foreach (string shown in (string[])["−0.0163 ± 0.0043", "1.2345 ± 0.0012", "Half and half.", "Samples", "second line"])
        {
            Assert.Contains(shown, page, StringComparison.Ordinal);
            Assert.Contains(shown, text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    public void Chart_InAnyCulture_IsTheSameSvg(string culture)
    {
        string Draw() => LineChart.Draw("t", "d", "x", [("a", [(1, 0.5), (2, 1.25)])]).Wide;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        string invariant = Draw();

        CultureInfo.CurrentCulture = new CultureInfo(culture);

        Assert.Equal(invariant, Draw());
        Assert.Contains("0.6", invariant, StringComparison.Ordinal);
    }

    [Fact]
    public void Chart_HasWordsForThoseWhoDoNotSeeItAndColoursOfThePage()
    {
        var chart = ShareChart.Draw("Shares", "Half and half.", "s", ["a", "b"], [("row", [0.5, 0.5])]);

        var svg = XElement.Parse(chart.Wide);
        Assert.Equal("img", svg.Attribute("role")?.Value);
        Assert.Equal(["Shares", "Half and half."], svg.Elements().Take(2).Select(e => e.Value));
        Assert.Equal("swt swd", svg.Attribute("aria-labelledby")?.Value);
        Assert.DoesNotContain("rgb(4", chart.Wide, StringComparison.Ordinal);
        Assert.Contains("var(--series-1)", chart.Wide, StringComparison.Ordinal);
        Assert.NotEqual(chart.Wide, chart.Narrow);
    }

    [Fact]
    public void DotChart_AWhisker_ReachesTwoStandardErrorsToBothSides()
    {
        var svg = XElement.Parse(DotChart.Draw("t", "d", "x", "u", hasZero: false, [("left", -1, 0, false), ("middle", 0, 0.5, false), ("right", 1, 0, false)]).Wide);

        double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        double[] dots = [.. svg.Descendants().Where(e => e.Name.LocalName == "ellipse").Select(e => Number(e.Attribute("cx")!.Value)).Order()];
        double[] ends = [.. svg.Descendants().Where(e => e.Attribute("style")?.Value.Contains("stroke:var(--quiet);stroke-width:2", StringComparison.Ordinal) == true)
            .SelectMany(e => e.Attribute("points")!.Value.Split(' ')).Select(p => Number(p.Split(',')[0])).Order()];
        Assert.Equal(dots[0], ends[0], 0.01); // 0 − 2 · 0.5 = −1
        Assert.Equal(dots[2], ends[^1], 0.01);
    }

    [Theory]
    [InlineData(59.94, "59.9 s")]
    [InlineData(65, "1 min 05 s")]
    [InlineData(7380, "2 h 03 min")]
    [InlineData(100_000, "27 h 46 min")]
    public void Duration_IsShownInItsUnits(double seconds, string expected) => Assert.Equal(expected, Shown.Duration(seconds));

    // Anything that a browser would fetch or run.
    [GeneratedRegex(@"(src|href)=""(?!#|data:,"")|url\(\s*['""]?(?!#)|@import|javascript:", RegexOptions.IgnoreCase)]
    private static partial Regex External();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Cell();
}
