using FuseSharp.Pipeline.Compare;
using Spectre.Console;

namespace FuseSharp.Cli.Rendering;

/// <summary>Shows a comparison on the terminal.</summary>
internal static class TableDisplay
{
    public static void Show(ComparisonTable comparison)
    {
        var table = new Table { Border = TableBorder.Simple, Title = new TableTitle("held-out bits per byte (lower is better)") };
        table.AddColumn("model");
        foreach (string domain in comparison.Domains.Append(comparison.MeanName))
        {
            table.AddColumn(new TableColumn(Markup.Escape(domain)).RightAligned());
        }

        foreach (var row in comparison.Rows)
        {
            string[] cells = [row.Model, .. comparison.Cells(row)];
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
        if (comparison.MarkNote is { } note)
        {
            AnsiConsole.WriteLine(note);
        }

        foreach (var (name, why) in comparison.Skipped)
        {
            AnsiConsole.WriteLine($"{name}: skipped, because {why}.");
        }
    }
}
