using FuseSharp.Cli.Ranks;
using FuseSharp.Progress;
using FuseSharp.Storage.Ranks;
using Spectre.Console;

namespace FuseSharp.Cli.Rendering;

/// <summary>Shows progress on standard error while some work runs: bars on a terminal, plain lines elsewhere; of several ranks only the first shows it, in lines.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs the work with a reporter.</summary>
    public static T Run<T>(Func<IProgressReporter, T> work)
    {
        if (CommandRanks.Current.Rank > 0)
        {
            return work(SilentProgress.Instance);
        }

        return CommandRanks.Current.Count > 1 || Terminal() is not { } console ? work(new PlainProgress(Console.Error, Console.Out, TimeProvider.System))
            : OnTerminal(console, Console.IsOutputRedirected ? Console.Out : null, TimeProvider.System, work);
    }

    /// <summary>Joins the job of several ranks and works, rank 0 showing progress.</summary>
    public static T RunRanked<T>(Func<IProcessGroup, IProgressReporter, T> work)
    {
        var ranks = CommandRanks.Join();
        return Run(progress => work(ranks, progress));
    }

    // Not asked of a redirected output: asking writes to the terminal, which under mpirun is another output's.
    private static IAnsiConsole? Terminal()
    {
        if (Console.IsErrorRedirected)
        {
            return null;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Profile.Capabilities is { Interactive: true, Ansi: true } ? console : null;
    }

    /// <summary>Runs the work with bars.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="results">Gets results where they do not go to the same terminal.</param>
    /// <param name="time">The clock.</param>
    /// <param name="work">Gets the reporter.</param>
    internal static T OnTerminal<T>(IAnsiConsole console, TextWriter? results, TimeProvider time, Func<IProgressReporter, T> work)
    {
        var lines = new ProgressLine();
        return console.Progress().AutoClear(true).HideCompleted(true).Columns(lines).Start(context => work(new BarProgress(context, lines, console, results, time)));
    }
}
