using System.Text.Json.Nodes;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Export;
using FuseSharp.Testing;

namespace FuseSharp.Models.Tests.Families;

/// <summary>What documents say of families is what the code loads.</summary>
public sealed class FamilyPageTests
{
    private static readonly string[] _names = [.. ModelFamilies.All.Select(f => f.Name).Distinct()];

    [Fact]
    public void Readme_NamesEveryFamily()
        => Assert.Contains($"of {string.Join(", ", _names[..^1])} and {_names[^1]}\n", File.ReadAllText(Path.Combine(GoldenFile.Repository, "README.md")), StringComparison.Ordinal);

    [Fact]
    public void PackageReadme_NamesEveryFamily()
        => Assert.Contains($"({string.Join(", ", _names.Select(n => n.Split(" (")[0]))})", File.ReadAllText(Path.Combine(GoldenFile.Repository, "src", "FuseSharp.Models", "README.md")), StringComparison.Ordinal);

    [Fact]
    public void ModelsPage_HasARowForEachFamily()
    {
        Assert.Equal(
            ModelFamilies.All.GroupBy(f => f.Name).Select(g => $"| {g.Key} | {string.Join(", ", g.Select(f => $"`{f.Architecture}`"))} |"),
            Rows.Select(r => string.Join('|', r.Split('|')[..3]) + "|"));
    }

    [Fact]
    public void ModelsPage_NamesTheGgufArchitectureOfEachFamily()
        => Assert.Equal(
            ModelFamilies.All.DistinctBy(f => f.Name).Select(f => ExportNames.For(ModelConfig.From(new JsonObject { ["architectures"] = new JsonArray(f.Architecture) }, "config.json")).Architecture)
                .Select(a => GgufArchitectures.Find(a) is null ? $"`{a}`, written only" : $"`{a}`"),
            Rows.Select(r => r.Split('|')[4].Trim()));

    private static string[] Rows => [.. File.ReadAllLines(Path.Combine(GoldenFile.Repository, "docs", "models.md"))
        .SkipWhile(l => l != "## Families").TakeWhile(l => !l.StartsWith("## Adapters", StringComparison.Ordinal)).Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(2)];
}
