using FuseSharp.Progress;
using Spectre.Console;

namespace FuseSharp.Cli.Rendering;

/// <summary>Progress as bars on a terminal: below what is at work, above it a line for all that has ended.</summary>
/// <param name="context">Shows the bars.</param>
/// <param name="lines">Draws them.</param>
/// <param name="console">The terminal.</param>
/// <param name="results">Gets results where they do not go to the same terminal; null where they do.</param>
/// <param name="time">The clock.</param>
internal sealed class BarProgress(ProgressContext context, ProgressLine lines, IAnsiConsole console, TextWriter? results, TimeProvider time) : IProgressReporter
{
    public IProgressTask Start(string name, long total, string unit)
    {
        var task = context.AddTask(Markup.Escape(name));
        var count = new ProgressCount(name, total, unit, time);
        lines.Show(task, count);
        return new Bar(task, count, console);
    }

    public void Say(string line) => console.WriteLine(line);

    public void Result(string line)
    {
        if (results is null)
        {
            console.WriteLine(line);
        }
        else
        {
            results.WriteLine(line);
        }
    }

    private sealed class Bar(ProgressTask task, ProgressCount count, IAnsiConsole console) : IProgressTask
    {
        public void Advance(long units, string? health = null) => count.Advance(units, health);

        public void Skip(long units) => count.Skip(units);

        public void Complete() => count.Complete();

        public void Dispose()
        {
            task.StopTask();
            console.WriteLine(ProgressLine.Ended(count, console.Profile.Width));
        }
    }
}
