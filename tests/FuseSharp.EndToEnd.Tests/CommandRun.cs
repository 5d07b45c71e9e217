using System.Diagnostics;
using FuseSharp.Cli;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Runs fusesharp: inside this process, or as a process of its own that can be killed.</summary>
internal static class CommandRun
{
    /// <summary>Runs a command here.</summary>
    public static async Task<(int Code, string Output, string Errors)> HereAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var before = (Console.Out, Console.Error);
        Console.SetOut(output);
        Console.SetError(errors);
        try
        {
            return (await CommandLine.RunAsync(arguments), output.ToString(), errors.ToString());
        }
        finally
        {
            Console.SetOut(before.Out);
            Console.SetError(before.Error);
        }
    }

    /// <summary>Runs a command here that must succeed.</summary>
    public static async Task SucceedAsync(params string[] arguments)
    {
        var (code, _, errors) = await HereAsync(arguments);
        Assert.True(code == 0, errors);
    }

    /// <summary>Starts a command as a process.</summary>
    public static Process Start(params string[] arguments)
        => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "fusesharp.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}
