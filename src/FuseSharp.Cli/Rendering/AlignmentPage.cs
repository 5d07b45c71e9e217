using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace FuseSharp.Cli.Rendering;

/// <summary>Writes alignments as one HTML page that needs nothing else.</summary>
internal static class AlignmentPage
{
    private const string Style = """
        body { font: 14px/1.5 ui-monospace, monospace; margin: 2rem; color: #222; background: #fff }
        h2 { font-size: 1.1rem; margin-bottom: 0 } p { margin: .2rem 0 1rem }
        .document { display: flex; flex-wrap: wrap; gap: .5rem .25rem }
        .link { border-top: 3px solid; padding: 0 .2rem; white-space: pre }
        .carried { border-color: #2a9d4a } .onehot { border-color: #d9a400 } .nothing { border-color: #bbb }
        .source { color: #1a5fb4 } .nothing .source { color: #aaa }
        .candidates { color: #777; font-size: 11px; line-height: 1.25 }
        .key { border-top: 3px solid; margin-right: 1rem }
        """;

    // Letters of all scripts stay as they are: the page is UTF-8.
    private static readonly HtmlEncoder _encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>The page's text.</summary>
    /// <param name="views">Documents in order.</param>
    public static string Html(IEnumerable<AlignmentView> views)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Alignment</title>\n<style>\n").Append(Style)
            .Append("\n</style>\n</head>\n<body>\n<p>Above the target's token, below it <span class=\"source\">the source's tokens</span> laid beside it and what of the source's distribution is carried over. ")
            .Append("<span class=\"key carried\">carried</span><span class=\"key onehot\">one-hot</span><span class=\"key nothing\">nothing</span></p>\n");
        foreach (var view in views)
        {
            Append(page, view);
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void Append(StringBuilder page, AlignmentView view)
    {
        page.Append("<h2>").Append(Escape(view.Title)).Append("</h2>\n<p>").Append(Escape(view.Summary)).Append("</p>\n<div class=\"document\">\n");
        foreach (var link in view.Links)
        {
            string kind = link.Kind switch { LinkKind.Carried => "carried", LinkKind.OneHot => "onehot", _ => "nothing" };
            page.Append("<div class=\"link ").Append(kind).Append("\">").Append(Escape(link.Target))
                .Append("<div class=\"source\">").Append(link.Source.Count == 0 ? "–" : Escape(string.Join('|', link.Source)))
                .Append("</div><div class=\"candidates\">")
                .AppendJoin("<br>", link.Candidates.Select(c => Escape(string.Create(CultureInfo.InvariantCulture, $"{c.Token} {c.Share:P0}"))))
                .Append("</div></div>\n");
        }

        page.Append("</div>\n");
    }

    private static string Escape(string text) => _encoder.Encode(text);
}
