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

    /// <summary>Starts the command on some ranks.</summary>
    public static Process Start(int ranks, params string[] arguments)
    {
        string count = ranks.ToString(System.Globalization.CultureInfo.InvariantCulture);

        // As root in a container, on cores that ranks share with each other and with other tests: who waits lets others work.
        var start = new ProcessStartInfo("mpirun", ["-n", count, "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1",
            "dotnet", Path.Combine(AppContext.BaseDirectory, "fusesharp.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<FusesharpProcess.Result> RunAsync(int ranks, params string[] arguments)
    {
        using var process = Start(ranks, arguments);
        return await FusesharpProcess.EndOf(process);
    }
}
