using System.Diagnostics;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The programs in <c>samples/</c>, which are built with these tests, run as their first lines say.</summary>
public sealed class SampleTests
{
    [Fact]
    public async Task Tokenize_Text_PrintsIdsAndTheBytesWhereTokensEnd()
    {
        string[] lines = await LinesOf("Tokenize");

        Assert.Contains("  360     4  Gets", lines);
        Assert.Contains("   83    17  s", lines); // after ’ of three bytes
        Assert.Equal("Gets the node’s name.", lines[^1]);
    }

    [Fact]
    public async Task Align_TwoTokenizers_ShowsWhatTeachesWhat()
    {
        string[] lines = await LinesOf("Align");

        Assert.Equal(["▁the", "Ġthe", "Ġcertificate", "▁certificate"], lines[4].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["▁", "–", "–"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)); // the source has no prefix space
    }

    [Fact]
    public async Task Generate_Prompt_WritesTheSameAtOnceAndInPieces()
    {
        string text = string.Join('\n', await LinesOf("Generate"));

        Assert.StartsWith("Gets the ", text, StringComparison.Ordinal);
        int second = text.IndexOf("Gets the ", text.Length / 2, StringComparison.Ordinal); // line ends at the very end are not among the lines
        Assert.Equal(text[..second].TrimEnd('\n'), text[second..].TrimEnd('\n'));
    }

    [Fact]
    public async Task Fuse_PageOfTexts_LeavesAModelAndSaysWhetherItHelped()
    {
        using var scratch = new ScratchFolder();

        string[] lines = await LinesOf("Fuse", scratch.At("run"));

        Assert.StartsWith("Fusion ", lines[0], StringComparison.Ordinal);
        Assert.Equal(scratch.At("run/06-train/fused-seed42"), lines[^1]);
        Assert.True(File.Exists(Path.Combine(lines[^1], "model.safetensors")));
    }

    [Theory]
    [InlineData("Tokenize")]
    [InlineData("Align")]
    [InlineData("Generate")]
    [InlineData("Fuse")]
    public void Sample_IsShortAndNeedsNoTensor(string sample)
    {
        string[] lines = File.ReadAllLines(Path.Combine(GoldenFile.Repository, "samples", sample, "Program.cs"));

        Assert.InRange(lines.Length, 1, 45);
        Assert.DoesNotContain(lines, l => l.Contains("torch", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void CSharp_InTheReadme_IsPartOfASample()
    {
        string[] samples = [.. Directory.EnumerateFiles(Path.Combine(GoldenFile.Repository, "samples"), "Program.cs", SearchOption.AllDirectories).Select(File.ReadAllText)];
        string[] blocks = [.. File.ReadAllText(Path.Combine(GoldenFile.Repository, "README.md")).Split("```csharp\n").Skip(1).Select(b => b.Split("```")[0])];

        Assert.NotEmpty(blocks);
        Assert.All(blocks, b => Assert.Contains(samples, s => s.Contains(b, StringComparison.Ordinal)));
    }

    private static async Task<string[]> LinesOf(string sample, params string[] arguments)
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)); // tests run from bin/NAME/CONFIGURATION
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "..", "..", sample, configuration, sample + ".dll"), .. arguments])
        {
            WorkingDirectory = GoldenFile.Repository,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var result = await FusesharpProcess.EndOf(process);
        Assert.True(result.ExitCode == 0, result.Errors);
        return result.Output.TrimEnd().ReplaceLineEndings("\n").Split('\n');
    }
}
