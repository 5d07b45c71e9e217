using FuseSharp.Cli;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Runs fusesharp inside this process: quicker than a process of its own, but it cannot be killed.</summary>
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
    /// <returns>What it said of its progress.</returns>
    public static async Task<string> ProgressOfAsync(params string[] arguments)
    {
        var (code, _, errors) = await HereAsync(arguments);
        Assert.True(code == 0, errors);
        return errors;
    }

    /// <summary>Runs a command here that must succeed.</summary>
    /// <returns>Its results.</returns>
    public static async Task<string> SucceedAsync(params string[] arguments)
    {
        var (code, output, errors) = await HereAsync(arguments);
        Assert.True(code == 0, errors);
        return output;
    }
}
