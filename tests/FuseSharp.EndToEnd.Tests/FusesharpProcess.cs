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
    public static Task<Result> RunWithAsync(string variable, string value, params string[] arguments) => RunWithAsync([(variable, value)], arguments);

    /// <summary>Runs to the end with other environment variables.</summary>
    public static async Task<Result> RunWithAsync((string Name, string Value)[] variables, params string[] arguments)
    {
        using var process = StartWith(variables, arguments);
        return await EndOf(process);
    }

    /// <summary>Starts with both outputs redirected.</summary>
    public static Process Start(params string[] arguments) => StartWith([], arguments);

    /// <summary>The same with other environment variables.</summary>
    public static Process StartWith((string Name, string Value)[] variables, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "fusesharp.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
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
