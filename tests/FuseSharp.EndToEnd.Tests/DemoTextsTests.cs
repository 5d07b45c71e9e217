using System.Text.RegularExpressions;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The demo's models were pretrained on texts on which no recipe fuses them: what their rows teach there is knowledge, not memory.</summary>
public sealed partial class DemoTextsTests
{
    private const string NoTexts = "The reference documentation beside the .NET SDK is not on this machine: its texts are what is divided.";

    // Recipes that train the demo's models, or a student of one, on the documentation.
    private static readonly string[] _recipes = ["demo.yaml", "chat.yaml", "clm.yaml", "distillation.yaml", "data-free.yaml", .. Regimes.Select(r => $"regimes/{r}")];

    /// <summary>True where the texts are missing.</summary>
    public static bool HasNoTexts => SdkDocumentation.FindPacks() is null;

    private static string[] Regimes => [.. Directory.GetFiles(Path.Combine(GoldenFile.Repository, "recipes", "regimes"), "*.yaml").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Fact(Skip = NoTexts, SkipType = typeof(DemoTextsTests), SkipWhen = nameof(HasNoTexts))]
    public void NoRecipesTrainingText_WasReadByAnExpert()
    {
        var read = Experts().SelectMany(TrainingTexts).ToList();
        var texts = read.Select(d => d.Text).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(["data", "security", "web"], Experts().Select(e => e.Path![SdkDocumentation.Prefix.Length..]).Order());
        foreach (string name in _recipes)
        {
            var recipe = Recipe(name);
            var fused = recipe.Texts.Values.Where(t => !t.IsWritten).SelectMany(TrainingTexts).ToList();

            Assert.Equal(recipe.Texts.Values.All(t => t.IsWritten), fused.Count == 0);
            Assert.DoesNotContain(fused, d => texts.Contains(d.Text));
        }
    }

    /// <summary>Nor has an expert read of a type in its area whose questions, or text, a recipe trains on.</summary>
    [Fact(Skip = NoTexts, SkipType = typeof(DemoTextsTests), SkipWhen = nameof(HasNoTexts))]
    public void NoTypeOfAnArea_IsOnBothSides()
    {
        foreach (var expert in Experts())
        {
            var types = TrainingTexts(expert).Select(d => d.Subject!).ToHashSet(StringComparer.Ordinal);
            foreach (string name in _recipes)
            {
                var ofArea = Recipe(name).Texts.Values.Where(t => !t.IsWritten && t.Path!.Replace(SdkDocumentation.ChatEnding, "", StringComparison.Ordinal) == expert.Path);

                Assert.DoesNotContain(ofArea.SelectMany(TrainingTexts), d => types.Contains(d.Subject!));
            }
        }
    }

    /// <summary>The chat demo's experts learn to answer about types on which they are not fused.</summary>
    [Fact(Skip = NoTexts, SkipType = typeof(DemoTextsTests), SkipWhen = nameof(HasNoTexts))]
    public void ChatExperts_ReadNoConversationOnWhichTheyAreFused()
    {
        var part = Assert.Single(Recipe("chat-expert.yaml").Texts).Value.Part;

        foreach (var fused in Recipe("chat.yaml").Texts.Values)
        {
            Assert.Empty(TrainingTexts(fused).Select(d => d.Text).Intersect(TrainingTexts(fused with { Part = part }).Select(d => d.Text), StringComparer.Ordinal));
        }
    }

    [Fact(Skip = NoTexts, SkipType = typeof(DemoTextsTests), SkipWhen = nameof(HasNoTexts))]
    public void TheDemosPart_HoldsTextsForEveryRegime()
        => Assert.All(Recipe("demo.yaml").Texts.Values, t => Assert.True(TrainingTexts(t).Sum(d => System.Text.Encoding.UTF8.GetByteCount(d.Text)) >= 650_000));

    // What the lines of assets/make.sh name: make AREA FAMILY VOCABULARY PART EPOCHS.
    private static TextEntry[] Experts()
        => [.. Made().Matches(File.ReadAllText(Path.Combine(GoldenFile.Repository, "assets", "make.sh"))).Select(m => new TextEntry { Path = SdkDocumentation.Prefix + m.Groups["area"].Value, Part = TextPart.Parse(m.Groups["part"].Value) })];

    private static IEnumerable<Document> TrainingTexts(TextEntry entry) => DomainTexts.Read(entry, DataSplit.Train);

    private static Recipe Recipe(string name) => RecipeReader.Read(Path.Combine(GoldenFile.Repository, "recipes", name), []);

    [GeneratedRegex(@"^make (?<area>\S+) \S+ \d+ (?<part>\S+) \d+", RegexOptions.Multiline)]
    private static partial Regex Made();
}
