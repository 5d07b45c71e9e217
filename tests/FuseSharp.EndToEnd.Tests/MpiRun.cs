using System.Diagnostics;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The command as several ranks, by Open MPI's mpirun.</summary>
internal static class MpiRun
{
    /// <summary>Why a test that needs it is skipped on a machine of its own; CI installs it.</summary>
    public const string MissingReason = Mpirun.MissingReason;

    /// <summary>True where there is none; for <c>[Fact(Skip = …, SkipWhen = …)]</c>. Where CI runs, tests fail instead.</summary>
    public static bool IsMissing => Mpirun.IsMissing;

    // As root in a container, on cores that ranks share with each other and with other tests: who waits lets others work.
    private static readonly string[] _asHere = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"];

    private static readonly string[] _program = ["dotnet", Path.Combine(AppContext.BaseDirectory, "fusesharp.dll")];

    /// <summary>Starts the command on some ranks.</summary>
    public static Process Start(int ranks, params string[] arguments)
        => StartWith([.. _asHere, "-n", ranks.ToString(System.Globalization.CultureInfo.InvariantCulture), .. _program, .. arguments]);

    /// <summary>Runs a rank for each command, in a folder of its own.</summary>
    public static async Task<FusesharpProcess.Result> RunEachAsync(params (string Folder, string[] Arguments)[] ranks)
    {
        using var process = StartWith([.. _asHere, .. ranks.SelectMany((r, i) => (string[])[.. i == 0 ? Array.Empty<string>() : [":"], "-n", "1", "-wdir", r.Folder, .. _program, .. r.Arguments])]);
        return await FusesharpProcess.EndOf(process);
    }

    private static Process StartWith(string[] arguments)
    {
        var start = new ProcessStartInfo("mpirun", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }

    /// <summary>The ranks' processes, in the order of their numbers.</summary>
    public static int[] RanksOf(Process job)
        => [.. File.ReadAllText($"/proc/{job.Id}/task/{job.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => int.Parse(p, System.Globalization.CultureInfo.InvariantCulture)).Order()];

    /// <summary>Runs to the end.</summary>
    public static async Task<FusesharpProcess.Result> RunAsync(int ranks, params string[] arguments)
    {
        using var process = Start(ranks, arguments);
        return await FusesharpProcess.EndOf(process);
    }
}
