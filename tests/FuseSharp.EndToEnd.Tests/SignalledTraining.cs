using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A command that is sent a signal while it trains.</summary>
internal static partial class SignalledTraining
{
    private const int MostTries = 10;

    /// <summary>Starts a command and signals it after its third step. On a busy machine the signal can come when all is done: then another is started.</summary>
    /// <param name="name">What the outputs' names begin with.</param>
    /// <param name="arguments">The command for an output's name.</param>
    /// <param name="training">The folder in which that command trains.</param>
    /// <param name="signal">Its number.</param>
    /// <returns>The name of the output that was left unfinished, and how the command ended.</returns>
    public static async Task<(string Name, FusesharpProcess.Result Result)> StopAsync(string name, Func<string, string[]> arguments, Func<string, string> training, int signal)
    {
        for (int number = 1; ; number++)
        {
            string output = FormattableString.Invariant($"{name}-{number}");
            using var process = FusesharpProcess.Start(arguments(output));
            await ThirdLineOf(training(output), "log.jsonl", process);
            _ = Kill(process.Id, signal);
            var result = await FusesharpProcess.EndOf(process);
            if (result.ExitCode != 0 || number == MostTries)
            {
                return (output, result);
            }
        }
    }

    /// <summary>Sends a signal.</summary>
    /// <returns>0, or -1 where there is no such process.</returns>
    public static int Send(int process, int signal) => Kill(process, signal);

    // Or the process's end.
    private static async Task ThirdLineOf(string folder, string file, Process process)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(folder)!) { IncludeSubdirectories = true };
        var written = new TaskCompletionSource();
        void Look(object? sender, FileSystemEventArgs change)
        {
            string path = Path.Combine(folder, file);
            if (File.Exists(path) && File.ReadAllText(path).Count(c => c == '\n') >= 3)
            {
                written.TrySetResult();
            }
        }

        watcher.Changed += Look;
        watcher.Created += Look;
        watcher.EnableRaisingEvents = true;
        Look(null, new FileSystemEventArgs(WatcherChangeTypes.All, folder, file));
        await Task.WhenAny(written.Task, process.WaitForExitAsync());
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
