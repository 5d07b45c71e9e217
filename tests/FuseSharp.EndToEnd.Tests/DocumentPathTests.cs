using System.Text.RegularExpressions;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Pages name only files that exist.</summary>
public sealed partial class DocumentPathTests
{
    public static TheoryData<string> Pages => [.. Directory.EnumerateFiles(Path.Combine(GoldenFile.Repository, "docs"), "*.md").Append(Path.Combine(GoldenFile.Repository, "README.md")).Select(f => Path.GetRelativePath(GoldenFile.Repository, f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_EveryPathOfTheRepository_Exists(string page)
    {
        string file = Path.Combine(GoldenFile.Repository, page);
        string text = File.ReadAllText(file);
        string[] links = [.. Link().Matches(text).Select(m => m.Groups[1].Value).Where(l => !l.Contains("://", StringComparison.Ordinal)).Select(l => Path.Combine(Path.GetDirectoryName(file)!, l))];
        string[] named = [.. Named().Matches(text).Select(m => Path.Combine(GoldenFile.Repository, m.Groups[1].Value.TrimEnd('.', '/')))];

        Assert.Empty(links.Concat(named).Where(p => !Path.Exists(p)).Select(p => Path.GetRelativePath(GoldenFile.Repository, p)));
    }

    [Fact]
    public void ManyMachines_NamesTheRecipesAndJobs()
    {
        string text = File.ReadAllText(Path.Combine(GoldenFile.Repository, "docs", "many-machines.md"));

        Assert.Contains("recipes/fusellm-7b.yaml", Named().Matches(text).Select(m => m.Groups[1].Value));
        foreach (string job in Directory.EnumerateFiles(Path.Combine(GoldenFile.Repository, "samples", "jobs")).Select(f => Path.GetFileName(f)!))
        {
            Assert.Contains($"samples/jobs/{job}", text, StringComparison.Ordinal);
        }
    }

    // Without the place in the page.
    [GeneratedRegex(@"\]\(([^)#\s]+)[^)]*\)")]
    private static partial Regex Link();

    // Not behind another folder: ../shared, /shared/recipes and the like are the user's or the project's machines'.
    [GeneratedRegex(@"(?<![\w/.$…{-])((?:recipes|samples|docs|src|tests|bench|assets)/[\w.-][\w./-]*)")]
    private static partial Regex Named();
}
