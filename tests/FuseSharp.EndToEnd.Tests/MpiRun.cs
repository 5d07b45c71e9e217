using System.Diagnostics;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The command as several ranks, by Open MPI's mpirun.</summary>
internal static class MpiRun
{
    /// <inheritdoc cref="Mpirun.MissingReason"/>
    public const string MissingReason = Mpirun.MissingReason;

    /// <inheritdoc cref="Mpirun.IsMissing"/>
    public static bool IsMissing => Mpirun.IsMissing;

    /// <summary>Starts the command on some ranks.</summary>
    public static Process Start(int ranks, params string[] arguments) => Process.Start(Mpirun.Of(ranks, Path.Combine(AppContext.BaseDirectory, "fusesharp.dll"), arguments))!;

    /// <summary>Runs to the end.</summary>
    public static async Task<FusesharpProcess.Result> RunAsync(int ranks, params string[] arguments)
    {
        using var process = Start(ranks, arguments);
        return await FusesharpProcess.EndOf(process);
    }
}
