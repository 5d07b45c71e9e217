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
        Assert.False(File.Exists(scratch.At("moved/libtorch/libtorch_python.so")));

        // Another libtorch than the program's own: two in one process would abort it.
        File.Move(scratch.At("moved/libtorch/libtorch_cpu.so"), scratch.At("moved/libtorch/away"));
        await GeneratesAsync(scratch, scratch.At("moved/fusesharp"), scratch.At("moved/assets/models/web"), named: File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "libtorch.folders"))[0]);
        File.Move(scratch.At("moved/libtorch/away"), scratch.At("moved/libtorch/libtorch_cpu.so"));

        File.Delete(scratch.At("moved/libtorch/libtorch.so"));
        var (code, _, errors) = await RunAsync(scratch, scratch.At("moved/fusesharp"), ["check", "none.yaml"], _ => { });
        Assert.Equal(2, code);
        Assert.StartsWith($"libtorch in '{scratch.At("moved/libtorch")}' cannot be loaded ({scratch.At("moved/libtorch/libtorch.so")}: ", Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
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

    // A plain project: no properties or targets of ours, and an empty package cache. Packages of others lie in the machine's own, which is only read.
    [Fact]
    public async Task Packages_InAPlainApplication_BringLibTorchAndGenerate()
    {
        using var scratch = new ScratchFolder();
        string version = FormattableString.Invariant($"0.1.0-test.{DateTime.UtcNow.Ticks}");
        foreach (string package in (string[])["Abstractions", "Tokenizers", "Models"])
        {
            await DotnetAsync(scratch, "pack", "--no-build", "-c", Configuration, $"-p:Version={version}", "-o", scratch.At("feed"), Path.Combine(GoldenFile.Repository, "src", "FuseSharp." + package));
        }

        Directory.CreateDirectory(scratch.At("app"));
        File.WriteAllText(scratch.At("app/app.csproj"), PlainProject(version));
        File.WriteAllText(scratch.At("app/Program.cs"), PlainProgram);
        File.WriteAllText(scratch.At("app/nuget.config"), $"""
            <configuration>
              <packageSources><add key="feed" value="../feed" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{MachinePackages}" /></fallbackPackageFolders>
            </configuration>
            """);
        await DotnetAsync(scratch, ["build", "-c", "Release", "-o", scratch.At("built"), scratch.At("app")], scratch.At("packages"));
        string model = Path.Combine(GoldenFile.Repository, "assets", "models", "web");

        await GeneratesAsync(scratch, scratch.At("built/app"), [model, "Gets the"], model);
        Assert.False(File.Exists(scratch.At("built/libtorch_cpu.so"))); // read where NuGet has put it
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.At("home")));
        File.WriteAllLines(scratch.At("built/libtorch.folders"), [scratch.At("away"), scratch.At("away")]);
        Assert.Contains($"names '{scratch.At("away")}', which is not there", (await RunAsync(scratch, scratch.At("built/app"), [model, "Gets the"], _ => { })).Errors, StringComparison.Ordinal);

        await DotnetAsync(scratch, ["publish", "-c", "Release", "-o", scratch.At("published"), scratch.At("app")], scratch.At("packages"));
        await GeneratesAsync(scratch, scratch.At("published/app"), [model, "Gets the"], model);
        Assert.False(File.Exists(scratch.At("published/libtorch.folders")));
        Assert.False(File.Exists(scratch.At("published/libtorch/libtorch_python.so")));
    }

    private const string PlainProgram = """
        using FuseSharp.Models;
        using FuseSharp.Models.Generate;
        using FuseSharp.Models.Scoring;

        var device = ModelDevice.Find("cpu");
        using var model = LanguageModel.Load("web", args[0], WorkingType.Resolve(Precision.Auto, device), device);
        string text = new TextGenerator(model, new GenerateOptions { Prompt = args[1], MaxTokens = 6 }).Generate(CancellationToken.None);
        Console.WriteLine(args[1] + text);

        """;

    private static string PlainProject(string version) => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="FuseSharp.Models" Version="{version}" />
          </ItemGroup>
        </Project>
        """;

    private static string MachinePackages
        => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } given ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    // Tests run from bin/NAME/CONFIGURATION.
    private static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    private static string Project => Path.Combine(GoldenFile.Repository, "src", "FuseSharp.Cli");

    private static Task GeneratesAsync(ScratchFolder scratch, string program, string model, string? named = null)
        => GeneratesAsync(scratch, program, CommandLineOf(model), model, named);

    private static string[] CommandLineOf(string model) => ["generate", model, "--prompt", "Gets the", "--max-tokens", "6"];

    // The same as the command in this process, in a home of its own.
    private static async Task GeneratesAsync(ScratchFolder scratch, string program, string[] arguments, string model, string? named = null)
    {
        string expected = await CommandRun.SucceedAsync(CommandLineOf(model));
        Directory.CreateDirectory(scratch.At("home"));
        var (code, output, errors) = await RunAsync(scratch, program, arguments, start =>
        {
            start.Environment["HOME"] = scratch.At("home");
            start.Environment["NUGET_PACKAGES"] = scratch.At("home");
            start.Environment["FUSESHARP_LIBTORCH"] = named;
        });
        Assert.True(code == 0, errors);
        Assert.Equal(expected, output);
    }

    private static Task DotnetAsync(ScratchFolder scratch, params string[] arguments) => DotnetAsync(scratch, arguments, packages: null);

    private static async Task DotnetAsync(ScratchFolder scratch, string[] arguments, string? packages)
    {
        var (code, output, errors) = await RunAsync(scratch, "dotnet", arguments, start =>
        {
            if (packages is not null)
            {
                start.Environment["NUGET_PACKAGES"] = packages;
            }
        });
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
