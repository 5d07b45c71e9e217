using FuseSharp.Testing;
using PuppeteerSharp;

namespace FuseSharp.Report.Tests;

/// <summary>The page in a real browser: what people will see.</summary>
public sealed class ReportBrowserTests
{
    // A page as a whole must not move sideways; tables move inside it.
    private const int Phone = 400;

    [Theory]
    [InlineData("light", 1200)]
    [InlineData("dark", 1200)]
    [InlineData("light", Phone)]
    [InlineData("dark", Phone)]
    public async Task Page_InABrowser_IsWholeQuietAndReadable(string scheme, int width)
    {
        Assert.SkipWhen(Chromium.IsMissing, Chromium.MissingReason);
        using var folder = new ScratchFolder();
        string file = folder.At("report.html");
        await File.WriteAllTextAsync(file, ReportWriter.Html(MadeUpReport.Create()));
        await using var browser = await Chromium.LaunchAsync(folder.At("profile"));
        await using var page = await browser.NewPageAsync();
        var said = new List<string>();
        page.Console += (_, e) => said.Add(e.Message.Text);
        page.PageError += (_, e) => said.Add(e.Message);
        page.Request += (_, e) => said.AddRange(e.Request.Url.StartsWith("file://", StringComparison.Ordinal) && e.Request.Url.EndsWith("report.html", StringComparison.Ordinal) ? [] : [e.Request.Url]);
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 900 });
        await page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme }]);
        await page.GoToAsync("file://" + file);

        Assert.Empty(said);
        Assert.Null(await page.EvaluateExpressionAsync<object?>("window.hacked ?? null"));
        Assert.Equal(3, await page.EvaluateExpressionAsync<int>("[...document.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().width > 0).length"));
        Assert.True(await page.EvaluateExpressionAsync<bool>("[...document.querySelectorAll('svg')].every(s => s.querySelectorAll('ellipse, polyline, rect, path').length >= 3)"));
        Assert.InRange(await page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"), 1, width);
        string least = await page.EvaluateFunctionAsync<string>(Chromium.LeastContrast);
        Assert.True(double.Parse(least[1..least.IndexOf(',', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture) >= 4.5, least);
        Assert.Equal(scheme == "dark", await page.EvaluateExpressionAsync<bool>("getComputedStyle(document.documentElement).getPropertyValue('--page').trim() === '#14171d'"));
        Assert.Empty(await page.EvaluateFunctionAsync<string[]>(LabelsOutside));
    }

    // Words of a chart that its frame cuts off, in whatever font this machine has.
    private const string LabelsOutside = """
        () => [...document.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().width > 0).flatMap(s => {
          const frame = s.getBoundingClientRect();
          return [...s.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect(); return b.left < frame.left - 1 || b.right > frame.right + 1 || b.bottom > frame.bottom + 1; }).map(t => t.textContent);
        })
        """;
}
