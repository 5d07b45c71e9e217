using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Export;
using FuseSharp.Models.Families;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Tests.Families;

/// <summary>What documents say of families is what the code loads and the goldens show.</summary>
public sealed class FamilyPageTests
{
    private const string Page = "docs/models.md";
    private const string Heading = "## Families";
    private const string None = "–";

    private static readonly string[] _names = [.. ModelFamilies.All.Select(f => f.Name).Distinct()];

    // What a refusal and the page both name. YaRN's edges, which are the same for all families, stand below the table.
    private static readonly string[] _limits = ["window", "experts", "query_pre_attn_scalar", "without", "truncate", "layers", "dynamic"];

    [Fact]
    public void Readme_NamesEveryFamily()
        => Assert.Contains($"of {string.Join(", ", _names[..^1])} and {_names[^1]}\n", File.ReadAllText(Path.Combine(GoldenFile.Repository, "README.md")), StringComparison.Ordinal);

    [Fact]
    public void PackageReadme_NamesEveryFamily()
        => Assert.Contains($"({string.Join(", ", _names.Select(n => n.Split(" (")[0]))})", File.ReadAllText(Path.Combine(GoldenFile.Repository, "src", "FuseSharp.Models", "README.md")), StringComparison.Ordinal);

    [Fact]
    public void ModelsPage_HasARowForEachFamily()
        => Assert.Equal(
            ModelFamilies.All.GroupBy(f => f.Name).Select(g => (g.Key, ArchitecturesOf(g.Key), GgufIn(g.Key), GgufOut(g.Key))),
            Rows().Select(r => (r[FamilyColumn.Name], r[FamilyColumn.Architectures], r[FamilyColumn.GgufIn], r[FamilyColumn.GgufOut])));

    // Written by FUSESHARP_UPDATE_GOLDEN=1: all cells but the two with words of people.
    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void ModelsPage_SaysWhatTheGoldensShow()
    {
        string page = File.ReadAllText(Path.Combine(GoldenFile.Repository, Page));
        var goldens = FamilyWeights.Find();
        foreach (var row in Rows())
        {
            string name = row[FamilyColumn.Name];
            var seen = goldens.Where(g => FamilyOf(g.Config) == name).ToList();
            string[] cells =
            [
                name, ArchitecturesOf(name), row[FamilyColumn.Note], seen.Exists(g => g.HasLogits) ? "yes" : None, seen.Exists(g => g.HasGradients) ? "yes" : None,
                GgufIn(name), GgufOut(name), row[FamilyColumn.Limits], string.Join(", ", seen.Select(g => g.Shown)),
            ];
            page = page.Replace(row.Line, $"| {string.Join(" | ", cells)} |", StringComparison.Ordinal);
        }

        Assert.Null(GoldenFile.Difference(Page, page));
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void ModelsPage_NamesWhatAnExportRefuses()
    {
        var goldens = FamilyWeights.Find().Where(g => !g.IsReal).Select(g => (Family: FamilyOf(g.Config), Reason: RefusalOf(g.Config))).ToList();

        foreach (var row in Rows())
        {
            string?[] all = [.. goldens.Where(g => g.Family == row[FamilyColumn.Name]).Select(g => g.Reason)];
            string[] reasons = [.. all.OfType<string>().Where(r => !all.Contains(null) || !r.Contains("beta_fast", StringComparison.Ordinal))]; // YaRN counts where it is the family's own
            Assert.Equal((row[FamilyColumn.Name], reasons.Length > 0), (row[FamilyColumn.Name], row[FamilyColumn.Limits].Length > 0));
            Assert.All(reasons, r => Assert.Contains(_limits, l => r.Contains(l, StringComparison.Ordinal) && row[FamilyColumn.Limits].Contains(l, StringComparison.Ordinal)));
        }
    }

    private static string ArchitecturesOf(string family) => string.Join(", ", ModelFamilies.All.Where(f => f.Name == family).Select(f => $"`{f.Architecture}`"));

    private static string GgufOut(string family) => $"`{ExportNames.For(ModelConfig.From(new JsonObject { ["architectures"] = new JsonArray(ModelFamilies.All.First(f => f.Name == family).Architecture) }, "config.json")).Architecture}`";

    private static string GgufIn(string family) => GgufOut(family) is var name && GgufArchitectures.Find(name.Trim('`')) is null ? None : name;

    private static string FamilyOf(ModelConfig config) => ModelFamilies.Find(config.Architecture)!.Name;

    // Why its shape cannot be exported; null where it can. Networks without a design are exported whatever they have, or refused by single keys.
    private static string? RefusalOf(ModelConfig config)
    {
        string architecture = ExportNames.For(config).Architecture;
        try
        {
            if (DecoderDesign.Has(config))
            {
                new DecoderMetadata(config, architecture, new GgufWriter()).Add();
            }

            return null;
        }
        catch (ModelException fault)
        {
            return fault.Message;
        }
    }

    private static List<FamilyRow> Rows()
        => [.. File.ReadAllLines(Path.Combine(GoldenFile.Repository, Page)).SkipWhile(l => l != Heading).Skip(1).TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal))
            .Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(2).Select(l => new FamilyRow(l))];

    private enum FamilyColumn
    {
        Name,
        Architectures,
        Note,
        Read,
        Trained,
        GgufIn,
        GgufOut,
        Limits,
        Seen,
    }

    private sealed record FamilyRow(string Line)
    {
        public string this[FamilyColumn column] => Line.Split('|') is var cells && cells.Length > (int)column + 1 ? cells[(int)column + 1].Trim() : "";
    }
}
