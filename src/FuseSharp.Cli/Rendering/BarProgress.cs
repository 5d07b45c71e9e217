using FuseSharp.Core.Progress;
using Spectre.Console;

namespace FuseSharp.Cli.Rendering;

/// <summary>Progress as bars on a terminal.</summary>
internal sealed class BarProgress(ProgressContext context) : IProgressReporter
{
    public IProgressTask Start(string name, long total, string unit)
    {
        name = $"{name} ({unit})";
        var task = context.AddTask(Markup.Escape(name), maxValue: Math.Max(1, total));
        task.IsIndeterminate = total == 0;
        return new Bar(task, name);
    }

    public void Say(string line)
    {
        var task = context.AddTask(Markup.Escape(line), maxValue: 1);
        task.Increment(1);
        task.StopTask();
    }

    private sealed class Bar(ProgressTask task, string name) : IProgressTask
    {
        public void Advance(long units, string? health = null)
        {
            task.Increment(units);
            if (health is not null)
            {
                task.Description = Markup.Escape($"{name}  {health}");
            }
        }

        public void Dispose()
        {
            task.IsIndeterminate = false;
            task.Value = task.MaxValue;
            task.StopTask();
        }
    }
}
