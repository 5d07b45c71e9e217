using System.Diagnostics;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The command as a user runs it: a process of its own.</summary>
internal static class FusesharpProcess
{
    /// <summary>What a process left behind.</summary>
    internal sealed record Result(int ExitCode, string Output, string Errors)
    {
        /// <summary>The lines of its standard error that are not progress.</summary>
        public string[] ErrorLines => ErrorText.WithoutProgress(Errors);
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<Result> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        return await EndOf(process);
    }

    /// <summary>Runs to the end with another environment variable.</summary>
    public static async Task<Result> RunWithAsync(string variable, string value, params string[] arguments)
    {
        using var process = Start(arguments, (variable, value));
        return await EndOf(process);
    }

    /// <summary>Starts with both outputs redirected.</summary>
    public static Process Start(params string[] arguments) => Start(arguments, null);

    private static Process Start(string[] arguments, (string Name, string Value)? variable)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "fusesharp.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (variable is { } set)
        {
            start.Environment[set.Name] = set.Value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Waits for the end and reads what is left of both outputs.</summary>
    public static async Task<Result> EndOf(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Result(process.ExitCode, await output, await errors);
    }
}
