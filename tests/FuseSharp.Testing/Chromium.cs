using PuppeteerSharp;

namespace FuseSharp.Testing;

/// <summary>A real browser, Debian's, for pages that people will see.</summary>
public static class Chromium
{
    private const string Program = "/usr/bin/chromium";

    /// <summary>Why a test is skipped that needs it.</summary>
    public const string MissingReason = Program + " is not here: install Debian's chromium to look at the page.";

    /// <summary>The text of a page with the least contrast: a function that returns JSON, [contrast, text]. WCAG 2.2, 1.4.3: the contrast of text with what is really behind it, at least 4.5.</summary>
    public const string LeastContrast = """
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

    /// <summary>Whether it is not on this machine; where CI has installed it, a test that does not find it fails.</summary>
    public static bool IsMissing => !File.Exists(Program) && Environment.GetEnvironmentVariable("FUSESHARP_NEEDS_CHROMIUM") != "1";

    /// <summary>Starts it without a window.</summary>
    /// <param name="profile">A folder that it may write to.</param>
    public static Task<IBrowser> LaunchAsync(string profile) => Puppeteer.LaunchAsync(new LaunchOptions
    {
        ExecutablePath = Program,
        Headless = true,
        UserDataDir = profile,
        Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
}
