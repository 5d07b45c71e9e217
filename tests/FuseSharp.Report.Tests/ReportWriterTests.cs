using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FuseSharp.Report.Charts;

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
        Assert.Equal("st sd".Replace("s", "sw", StringComparison.Ordinal), svg.Attribute("aria-labelledby")?.Value);
        Assert.DoesNotContain("rgb(4", chart.Wide, StringComparison.Ordinal);
        Assert.Contains("var(--series-1)", chart.Wide, StringComparison.Ordinal);
        Assert.NotEqual(chart.Wide, chart.Narrow);
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
