using System.Globalization;
using Spectre.Console;

namespace FuseSharp.Cli.Rendering;

/// <summary>Shows an alignment on a terminal: the two models' tokens in two rows, the links by colour, and below each the candidates carried over.</summary>
internal static class AlignmentDisplay
{
    /// <summary>Writes one document.</summary>
    /// <param name="console">Where it is shown; without colours the marks = ~ · and a blank tell the kinds apart.</param>
    /// <param name="view">The document.</param>
    public static void Show(IAnsiConsole console, AlignmentView view)
    {
        console.MarkupLineInterpolated($"[bold]{view.Title}[/]");
        console.WriteLine(view.Summary);
        console.MarkupLine($"[green]= carried[/]  [yellow]~ one-hot[/]  [grey]  nothing[/]{(view.Links.Any(l => l.Kind == LinkKind.Masked) ? "  [dim grey]· only read[/]" : "")}");
        var line = new List<AlignmentLink>();
        int width = 0;
        foreach (var link in view.Links)
        {
            int needed = Lines(link).Max(l => l.GetCellWidth()) + 1;
            if (line.Count > 0 && width + needed > console.Profile.Width)
            {
                ShowLine(console, line);
                line.Clear();
                width = 0;
            }

            line.Add(link);
            width += needed;
        }

        ShowLine(console, line);
    }

    private static void ShowLine(IAnsiConsole console, List<AlignmentLink> links)
    {
        int[] widths = [.. links.Select(l => Lines(l).Max(s => s.GetCellWidth()))];
        int rows = links.Max(l => Lines(l).Length);
        for (int row = 0; row < rows; row++)
        {
            for (int c = 0; c < links.Count; c++)
            {
                string text = Lines(links[c]) is var lines && row < lines.Length ? lines[row] : "";
                string colour = links[c].Kind switch { LinkKind.Carried => "green", LinkKind.OneHot => "yellow", LinkKind.Masked => "dim grey", _ => "grey" };
                console.Markup($"[{(row < 3 ? colour : "default")}]{Markup.Escape(text)}[/]{new string(' ', widths[c] - text.GetCellWidth() + 1)}");
            }

            console.WriteLine();
        }

        console.WriteLine();
    }

    // The target's token, the mark of the link, the source's tokens, then the candidates.
    private static string[] Lines(AlignmentLink link)
        => [
            link.Target,
            link.Kind switch { LinkKind.Carried => "=", LinkKind.OneHot => "~", LinkKind.Masked => "·", _ => " " },
            link.Source.Count == 0 ? "–" : string.Join('|', link.Source),
            .. link.Candidates.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Token} {c.Share:P0}")),
        ];
}
