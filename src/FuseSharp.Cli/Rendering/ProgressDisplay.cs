using FuseSharp.Core.Progress;
using Spectre.Console;

namespace FuseSharp.Cli.Rendering;

/// <summary>Shows progress while some work runs: bars on a terminal, plain lines elsewhere; of several ranks only the first shows it, in lines.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs the work with a reporter.</summary>
    public static T Run<T>(Func<IProgressReporter, T> work)
    {
        if (JobRanks.Current.Rank > 0)
        {
            return work(SilentProgress.Instance);
        }

        if (JobRanks.Current.Count > 1 || !AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
        {
            return work(new PlainProgress(Console.Out, TimeProvider.System));
        }

        return AnsiConsole.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn())
            .Start(context => work(new BarProgress(context)));
    }
}
