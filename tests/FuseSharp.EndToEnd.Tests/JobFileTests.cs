using System.Text.RegularExpressions;
using FuseSharp.Cli;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The ready job files and the page about them call the command as it is.</summary>
public sealed partial class JobFileTests
{
    [Theory]
    [InlineData("samples/jobs/represent.slurm", 1)]
    [InlineData("samples/jobs/represent.kubernetes.yaml", 1)]
    [InlineData("samples/jobs/train.slurm", 1)]
    [InlineData("samples/jobs/train.kubernetes.yaml", 1)]
    [InlineData("samples/jobs/train.dstack.yml", 1)]
    [InlineData("docs/many-machines.md", 3)]
    [InlineData("docs/fusellm-7b.md", 2)]
    public void JobFile_EveryCommand_IsUnderstood(string file, int commands)
    {
        string text = File.ReadAllText(Path.Combine(Path.GetDirectoryName(TinyFusion.Model("data"))!, "..", "..", file));

        var found = Command().Matches(Continuation().Replace(text, " ")).Select(m => m.Groups[1].Value).ToList();

        Assert.Equal(commands, found.Count);
        Assert.All(found, c => Assert.Empty(CommandLine.Create().Parse(Shard().Replace(Substitution().Replace(c, "x").Replace("\"", "", StringComparison.Ordinal), "0/8")).Errors.Select(e => e.Message)));
    }

    // What continues on the next line: after a backslash, or indented under a folded text of YAML.
    [GeneratedRegex(@"\s*\\\n\s*|\n {14,}(?=--)")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"^(?:.*(?:srun|mpirun|exec).* | *)fusesharp ([a-z]+ .*)$", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex(@"\$\([^)]*\)")]
    private static partial Regex Substitution();

    [GeneratedRegex(@"\$\w+/[$\w]+")]
    private static partial Regex Shard();
}
