using System.Diagnostics;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>What a user installs runs anywhere: without the clone that it was made in, without NuGet's cache, with another home.</summary>
public sealed class InstalledProgramTests
{
    [Fact]
    public async Task Publish_MovedElsewhere_Generates()
    {
        using var scratch = new ScratchFolder();
        await DotnetAsync(scratch, "publish", "--no-build", "-c", Configuration, "-o", scratch.At("published"), Project);
        Directory.Move(scratch.At("published"), scratch.At("moved"));

        await GeneratesAsync(scratch, scratch.At("moved/fusesharp"), scratch.At("moved/assets/models/web"));
        Assert.DoesNotContain("nuget", File.ReadAllText(scratch.At("moved/fusesharp.runtimeconfig.json")), StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(scratch.At("moved/libtorch.folders")));
        Assert.False(File.Exists(scratch.At("moved/libtorch_python.so")));
    }

    [Fact]
    public async Task Tool_InstalledFromAPackage_Generates()
    {
        using var scratch = new ScratchFolder();
        await DotnetAsync(scratch, "pack", "--no-build", "-c", Configuration, "-o", scratch.At("feed"), Project);
        File.WriteAllText(scratch.At("nuget.config"), """<configuration><packageSources><clear /><add key="feed" value="feed" /></packageSources></configuration>""");
        await DotnetAsync(scratch, "tool", "install", "fusesharp", "--tool-path", scratch.At("tools"), "--configfile", scratch.At("nuget.config"));

        await GeneratesAsync(scratch, scratch.At("tools/fusesharp"), Path.Combine(GoldenFile.Repository, "assets", "models", "web"));
    }

    // Tests run from bin/NAME/CONFIGURATION.
    private static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    private static string Project => Path.Combine(GoldenFile.Repository, "src", "FuseSharp.Cli");

    private static async Task GeneratesAsync(ScratchFolder scratch, string program, string model)
    {
        string[] arguments = ["generate", model, "--prompt", "Gets the", "--max-tokens", "6"];
        string expected = await CommandRun.SucceedAsync(arguments);
        Directory.CreateDirectory(scratch.At("home"));
        var (code, output, errors) = await RunAsync(scratch, program, arguments, start =>
        {
            start.Environment["HOME"] = scratch.At("home");
            start.Environment["NUGET_PACKAGES"] = scratch.At("home");
        });
        Assert.True(code == 0, errors);
        Assert.Equal(expected, output);
    }

    private static async Task DotnetAsync(ScratchFolder scratch, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(scratch, "dotnet", arguments, _ => { });
        Assert.True(code == 0, output + errors);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(ScratchFolder scratch, string program, string[] arguments, Action<ProcessStartInfo> change)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = scratch.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        change(start);
        using var process = Process.Start(start)!;
        var result = await FusesharpProcess.EndOf(process);
        return (result.ExitCode, result.Output, result.Errors);
    }
}
