using FuseSharp.Testing;
using PuppeteerSharp;

namespace FuseSharp.Report.Tests;

/// <summary>The page in a real browser: what people will see.</summary>
public sealed class ReportBrowserTests
{
    private const string Chromium = "/usr/bin/chromium";

    // A page as a whole must not move sideways; tables move inside it.
    private const int Phone = 400;

    // WCAG 2.2, 1.4.3: the contrast of text with what is really behind it.
    private const string LeastContrast = """
        () => {
          const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const rgb = c => { probe.clearRect(0, 0, 1, 1); probe.fillStyle = c; probe.fillRect(0, 0, 1, 1); return probe.getImageData(0, 0, 1, 1).data; };
          const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
          const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
          const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
          const found = [];
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let n = walk.nextNode(); n; n = walk.nextNode()) {
            const e = n.parentElement, box = e.getBoundingClientRect();
            if (!n.data.trim() || !box.width || ['title', 'desc', 'STYLE'].includes(e.tagName)) continue;
            const style = getComputedStyle(e);
            const [a, b] = [light(rgb(e.ownerSVGElement ? style.fill : style.color)), light(behind(e))].sort((x, y) => y - x);
            found.push([(a + 0.05) / (b + 0.05), n.data.trim()]);
          }
          found.sort((x, y) => x[0] - y[0]);
          return JSON.stringify(found[0]);
        }
        """;

    [Theory]
    [InlineData("light", 1200)]
    [InlineData("dark", 1200)]
    [InlineData("light", Phone)]
    [InlineData("dark", Phone)]
    public async Task Page_InABrowser_IsWholeQuietAndReadable(string scheme, int width)
    {
        Assert.SkipUnless(File.Exists(Chromium) || Environment.GetEnvironmentVariable("FUSESHARP_NEEDS_CHROMIUM") == "1", $"{Chromium} is not here: install Debian's chromium to look at the page.");
        using var folder = new ScratchFolder();
        string file = folder.At("report.html");
        await File.WriteAllTextAsync(file, ReportWriter.Html(MadeUpReport.Create()));
        await using var browser = await Puppeteer.LaunchAsync(new LaunchOptions
        {
            ExecutablePath = Chromium,
            Headless = true,
            UserDataDir = folder.At("profile"),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
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
        string least = await page.EvaluateFunctionAsync<string>(LeastContrast);
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
