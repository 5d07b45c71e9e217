using System.Collections.Concurrent;

namespace FuseSharp.Evaluation.Code;

/// <summary>A thread that lives as long as this process.</summary>
/// <remarks>
/// Linux ends a child that asked for it (bubblewrap's <c>--die-with-parent</c>) with the <em>thread</em> that started it: a pool's thread, which ends after some 20 s without work, would take
/// running programs with it.
/// </remarks>
internal static class LastingThread
{
    private static readonly BlockingCollection<Action> _waiting = Start();

    /// <summary>Runs a piece of work on it.</summary>
    /// <returns>Ends with the work, and with its fault.</returns>
    public static Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }
        });
        return done.Task;
    }

    private static BlockingCollection<Action> Start()
    {
        var waiting = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var work in waiting.GetConsumingEnumerable())
            {
                work();
            }
        })
        { IsBackground = true, Name = "sandbox" }.Start();
        return waiting;
    }
}
