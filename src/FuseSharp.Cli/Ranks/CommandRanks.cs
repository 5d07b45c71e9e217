using System.Runtime.InteropServices;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Cli.Ranks;

/// <summary>The ranks of this run of the program, which commands that share their work join; and what becomes of the others when one fails.</summary>
internal static class CommandRanks
{
    private const int Terminated = 143; // 128 + SIGTERM, as shells say it

    private const string Remedy = "The whole job ends. Finished work is intact: run the same command again, with any number of ranks, and it resumes, a training from its last checkpoint.";

    // Errors of the input are met by all ranks at once: the others leave rank 0 the time to say it once for all.
    private static readonly TimeSpan _courtesy = TimeSpan.FromSeconds(1);

    // Until the others on this machine have looked who is gone.
    private static readonly TimeSpan _farewell = TimeSpan.FromMilliseconds(300);

    private static PosixSignalRegistration? _termination;

    /// <summary>Those that were joined; this process alone before.</summary>
    public static IProcessGroup Current { get; private set; } = SingleProcess.Instance;

    /// <summary>Name of the command that runs: all ranks must have been started with the same.</summary>
    public static string Command { get; set; } = "";

    /// <summary>Joins the job that <c>mpirun</c> or <c>srun</c> started.</summary>
    public static IProcessGroup Join()
    {
        if (Current.Count == 1)
        {
            Current = MpiLauncher.Join();
            _termination = Current.Count == 1 ? null : PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => End());
            RankAgreement.Check(Current, Command, first => $"was started with the command '{Command}', rank 0 with '{first}'");
        }

        return Current;
    }

    /// <summary>Prints a line once, however many ranks say it.</summary>
    public static void Say(string line)
    {
        if (Current.Rank == 0)
        {
            Console.WriteLine(line);
        }
    }

    /// <summary>Before a fault is reported: says whose it is.</summary>
    public static async Task NameTheRankAsync()
    {
        if (Current.Count > 1)
        {
            await Task.Delay(Current.Rank == 0 ? TimeSpan.Zero : _courtesy);
            await Console.Error.WriteLineAsync($"Failed: {Current.NameOf(Current.Rank)}. {Remedy}");
        }
    }

    /// <summary>After a fault was reported: ends the others, which wait for this one.</summary>
    public static void Abort(int exitCode) => Current.Abort(exitCode);

    /// <summary>Leaves the job, when all is done.</summary>
    public static void Leave()
    {
        _termination?.Dispose();
        _termination = null;
        Current.Dispose();
        Current = SingleProcess.Instance;
    }

    // mpirun and srun end the others when one process is gone. It may wait in a collective call, which nothing else interrupts.
    private static void End()
    {
        var ranks = Current;
        var gone = ranks.Missing();
        if (gone.Count(r => r < ranks.Rank) == ranks.LocalRank)
        {
            string who = gone.Count > 0 ? $"Gone: {string.Join(", ", gone.Select(ranks.NameOf))}." : "The job was ended, or a rank on another machine is gone.";
            Console.Error.WriteLine($"{who} {Remedy}");
        }

        Thread.Sleep(_farewell);
        Environment.Exit(Terminated);
    }
}
