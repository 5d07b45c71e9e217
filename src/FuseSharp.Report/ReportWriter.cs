using FuseSharp.Report.Pages;

namespace FuseSharp.Report;

/// <summary>Fills the two templates of a run's report: a page that needs nothing else, and Markdown.</summary>
internal static class ReportWriter
{
    private const string Resources = "FuseSharp.Report.Pages.";

    private static readonly PageTemplate _page = Template("report.liquid");
    private static readonly PageTemplate _markdown = Template("report.md.liquid");
    private static readonly string _style = PageTemplate.Text(typeof(ReportWriter).Assembly, Resources + "report.css");

    /// <summary>The page.</summary>
    public static string Html(RunReport report) => _page.Html(("report", report), ("style", _style));

    /// <summary>The same as Markdown.</summary>
    public static string Markdown(RunReport report) => _markdown.Plain(("report", report));

    private static PageTemplate Template(string name) => new(typeof(ReportWriter).Assembly, Resources + name);
}
