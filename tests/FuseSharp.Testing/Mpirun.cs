using System.Diagnostics;
using System.Globalization;

namespace FuseSharp.Testing;

/// <summary>Open MPI's mpirun, as tests start it.</summary>
public static class Mpirun
{
    /// <summary>Why a test that needs it is skipped on a machine of its own; CI installs it.</summary>
    public const string MissingReason = "mpirun is not here: this test starts several ranks. Install Open MPI (Debian: openmpi-bin).";

    /// <summary>True where there is none; for <c>[Fact(Skip = …, SkipWhen = …)]</c>. Where CI runs, tests fail instead.</summary>
    public static bool IsMissing { get; } = Environment.GetEnvironmentVariable("FUSESHARP_NEEDS_MPI") != "1"
        && !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(p => File.Exists(Path.Combine(p, "mpirun")));

    /// <summary>How to start a program as several ranks: as root in a container, on cores that ranks share with each other and with other tests, so that who waits lets others work.</summary>
    /// <param name="ranks">How many.</param>
    /// <param name="assembly">The program's assembly.</param>
    /// <param name="arguments">Its own.</param>
    public static ProcessStartInfo Of(int ranks, string assembly, params string[] arguments)
    {
        var start = new ProcessStartInfo("mpirun", ["-n", ranks.ToString(CultureInfo.InvariantCulture), "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", "dotnet", assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        return start;
    }
}
