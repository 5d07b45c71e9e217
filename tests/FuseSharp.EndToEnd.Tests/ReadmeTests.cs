using System.Text.RegularExpressions;
using FuseSharp.Cli;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>What the documents show is true: commands parse, recipes are recipes, links lead somewhere.</summary>
public sealed partial class ReadmeTests
{
    /// <summary>Every page for readers.</summary>
    public static TheoryData<string> Pages
        => [.. Directory.EnumerateFiles(GoldenFile.Repository, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(GoldenFile.Repository, "docs"), "*.md", SearchOption.AllDirectories))
            .Append(Path.Combine(GoldenFile.Repository, "assets", "README.md")).Select(p => Path.GetRelativePath(GoldenFile.Repository, p)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Commands_InAPage_Parse(string page)
    {
        var root = CommandLine.Create();
        foreach (string line in Blocks(page, "").SelectMany(b => b.Split('\n')))
        {
            string command = line.Replace("dotnet run -c Release --project src/FuseSharp.Cli -- ", "fusesharp ", StringComparison.Ordinal).Trim();
            if (command.StartsWith("fusesharp ", StringComparison.Ordinal))
            {
                Assert.True(root.Parse(command["fusesharp ".Length..]).Errors.Count == 0, $"{page}: {line}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Recipes_InAPage_AreRead(string page)
        => Assert.All(Blocks(page, "yaml").Where(b => b.StartsWith("output:", StringComparison.Ordinal)), b => RecipeReader.Parse(b, page, GoldenFile.Repository, []));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_InAPage_LeadToFiles(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(GoldenFile.Repository, page))!;

        var broken = Link().Matches(Text(page)).Select(m => m.Groups[1].Value.Split('#')[0])
            .Where(l => l.Length > 0 && !l.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, l)));

        Assert.Empty(broken);
    }

    [Fact]
    public void Recipes_InTheRepository_AreRead()
        => Assert.All(Directory.EnumerateFiles(Path.Combine(GoldenFile.Repository, "recipes"), "*.yaml", SearchOption.AllDirectories), r => RecipeReader.Read(r));

    private static string Text(string page) => File.ReadAllText(Path.Combine(GoldenFile.Repository, page)).ReplaceLineEndings("\n");

    private static IEnumerable<string> Blocks(string page, string language)
        => Block().Matches(Text(page)).Where(m => m.Groups[1].Value == language).Select(m => m.Groups[2].Value);

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
