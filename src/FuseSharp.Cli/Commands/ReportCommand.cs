using System.CommandLine;
using FuseSharp.Report;

namespace FuseSharp.Cli.Commands;

internal static class ReportCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "Folder of a run: the recipe's 'output'." };
        var command = new Command("report", "Rebuilds a run's report from its artifacts: one HTML page that needs no network, and the same as Markdown.") { run };
        command.SetAction(parsed =>
        {
            Console.WriteLine(RunReport.Write(parsed.GetRequiredValue(run)));
            return 0;
        });
        return command;
    }
}
