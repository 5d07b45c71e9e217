using FuseSharp.Report.Pages;

namespace FuseSharp.Cli.Rendering;

/// <summary>Writes alignments as one HTML page that needs nothing else.</summary>
internal static class AlignmentPage
{
    private static readonly PageTemplate _page = new(typeof(AlignmentPage).Assembly, "FuseSharp.Cli.Rendering.alignment.liquid");

    /// <summary>The page's text.</summary>
    /// <param name="views">Documents in order.</param>
    public static string Html(IEnumerable<AlignmentView> views) => _page.Html(("views", views.ToArray()));
}
