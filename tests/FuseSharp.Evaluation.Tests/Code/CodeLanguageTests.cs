using FuseSharp.Evaluation.Code;
using FuseSharp.Testing;

namespace FuseSharp.Evaluation.Tests.Code;

/// <summary>Small programs in MultiPL-E's form, one for each language, in the real sandbox.</summary>
/// <remarks>Each lies in the folder Programs and adds STEP, where its tests want one more.</remarks>
public sealed class CodeLanguageTests
{
    [Theory]
    [InlineData("adb")]
    [InlineData("clj")]
    [InlineData("cpp")]
    [InlineData("cs")]
    [InlineData("d")]
    [InlineData("elixir")]
    [InlineData("go")]
    [InlineData("hs")]
    [InlineData("java")]
    [InlineData("jl")]
    [InlineData("js")]
    [InlineData("lua")]
    [InlineData("ml")]
    [InlineData("php")]
    [InlineData("pl")]
    [InlineData("py")]
    [InlineData("r")]
    [InlineData("rb")]
    [InlineData("rkt")]
    [InlineData("rs")]
    [InlineData("scala")]
    [InlineData("sh")]
    [InlineData("swift")]
    [InlineData("ts")]
    public async Task Script_RightAndWrongProgram_PassesAndFails(string name)
    {
        var language = CodeLanguage.Find(name)!;
        Assert.SkipWhen(language.Missing is not null, $"{name}: {language.Missing}.");
        Assert.SkipWhen(Sandbox.FindProgram("bwrap") is null, "This machine has no bubblewrap.");
        string program = await File.ReadAllTextAsync(Path.Combine(GoldenFile.Repository, "tests/FuseSharp.Evaluation.Tests/Code/Programs", name + ".txt"), TestContext.Current.CancellationToken);

        var right = await RunAsync(language, program.Replace("STEP", "1", StringComparison.Ordinal));
        var wrong = await RunAsync(language, program.Replace("STEP", "2", StringComparison.Ordinal));

        Assert.True(right.IsSuccess, right.Output);
        Assert.NotNull(wrong.ExitCode);
        Assert.False(wrong.IsSuccess, wrong.Output);
    }

    [Theory]
    [InlineData("python", "py")]
    [InlineData("cobol", null)]
    public void Find_OtherNames_LanguageOrNull(string name, string? expected) => Assert.Equal(expected, CodeLanguage.Find(name)?.Name);

    [Theory]
    [InlineData("no-such-program", null, "'no-such-program' is not in /usr/bin")]
    [InlineData("env", "/usr/no-such-folder/*/made.jar", "'made.jar' is not in /usr/no-such-folder/*")]
    [InlineData("env", "/usr/*/env", null)]
    public void Missing_ProgramOrLibrary_SaysWhich(string program, string? library, string? expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Programs are looked for on Linux only.");
        var language = new CodeLanguage("x", "program.x", program, "exit 0", library);

        Assert.Equal(expected, language.Missing);
    }

    private static async Task<SandboxResult> RunAsync(CodeLanguage language, string program)
    {
        var sandbox = await Sandbox.OpenAsync(new SandboxLimits { Seconds = 60 }, TestContext.Current.CancellationToken); // compilers on a busy machine
        return await sandbox.RunAsync(new Dictionary<string, string> { [language.File] = program }, language.Script, TestContext.Current.CancellationToken);
    }
}
