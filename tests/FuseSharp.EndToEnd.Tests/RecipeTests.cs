using System.Text.Json;
using FuseSharp.Conversations;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>The recipes that come with the repository beside the demo's, on part of their texts.</summary>
public sealed class RecipeTests
{
    private const string NoTexts = "The reference documentation beside the .NET SDK is not on this machine: the recipes read it.";

    private static readonly string[] _small = ["--set", "split.train_bytes_per_domain=20_000", "--set", "split.test_bytes_per_domain=10_000", "--set", "split.max_length=128", "--set", "represent.precision=float32"];

    /// <summary>True where the texts are missing.</summary>
    public static bool HasNoTexts => SdkDocumentation.FindPacks() is null;

    [Fact(Skip = NoTexts, SkipWhen = nameof(HasNoTexts))]
    public async Task Clm_OneModelAndNoSource_LearnsTheTexts()
    {
        using var folder = new ScratchFolder();

        var (code, output, errors) = await CommandRun.HereAsync(["run", Recipe("clm.yaml"), "--set", $"output={folder.At("run")}", .. _small]);

        Assert.True(code == 0, errors);
        var bits = ReportedScores.Means(File.ReadAllText(folder.At("run/report.md")));
        Assert.Equal(["security (target)", "CLM"], bits.Keys);
        Assert.InRange(bits["CLM"], 0.5, bits["security (target)"] - 0.02);
    }

    [Fact(Skip = NoTexts, SkipWhen = nameof(HasNoTexts))]
    public async Task Distillation_ALargerModelOfTheSameTokenizer_Teaches()
    {
        using var folder = new ScratchFolder();
        File.WriteAllLines(folder.At("texts.jsonl"), SdkDocumentation.Read("data").Take(20).Select(d => JsonSerializer.Serialize(new { text = d.Text })));
        await CommandRun.SucceedAsync("pretrain", "--config", Recipe("student.json"), "--tokenizer", TinyFusion.Model("data"), "--texts", folder.At("texts.jsonl"), "--block-length", "128",
            "--set", "train.batch_size=4", "--set", "train.learning_rate=0.003", "--set", "train.precision=float32", "--output", folder.At("student"));

        var (code, output, errors) = await CommandRun.HereAsync(["run", Recipe("distillation.yaml"), "--set", $"output={folder.At("run")}", "--set", $"target={folder.At("student")}", .. _small]);

        Assert.True(code == 0, errors);
        var bits = ReportedScores.Means(File.ReadAllText(folder.At("run/report.md")));
        Assert.Equal(["student (target)", "data (source)", "CLM", "fused"], bits.Keys);
        Assert.InRange(bits["fused"], bits["data (source)"], bits["student (target)"]);
        string log = File.ReadLines(folder.At("run/06-train/fused-seed42/log.jsonl")).Last();
        Assert.Matches(@"""teachers"":\[0,[1-9]\d*\]", log); // the student never teaches itself
    }

    [Fact(Skip = NoTexts, SkipWhen = nameof(HasNoTexts))]
    public async Task ChatExpert_QuestionsAboutTheDocumentation_AreLearned()
    {
        using var folder = new ScratchFolder();

        var (code, output, errors) = await CommandRun.HereAsync(["run", Recipe("chat-expert.yaml"), "--set", $"output={folder.At("run")}", .. _small, "--set", "split.train_bytes_per_domain=60_000", "--set", "train.learning_rate=0.001"]);

        Assert.True(code == 0, errors);
        var bits = ReportedScores.Means(File.ReadAllText(folder.At("run/report.md")));
        Assert.Equal(["security (target)", "CLM"], bits.Keys);
        Assert.InRange(bits["CLM"], 0.5, bits["security (target)"] - 0.02);
    }

    [Fact(Skip = NoTexts, SkipWhen = nameof(HasNoTexts))]
    public async Task DataFree_Smaller_LearnsFromWhatTheModelsWrite()
    {
        using var folder = new ScratchFolder();
        string[] small = [.. _small, "--set", $"output={folder.At("run")}", "--set", "split.test_bytes_per_domain=8_000", "--set", "train.epochs=1", "--set", "baselines.clm=false"];
        string recipe = folder.At("data-free.yaml");
        File.WriteAllText(recipe, File.ReadAllText(Recipe("data-free.yaml")).Replace("230_000", "4_000", StringComparison.Ordinal).Replace("../assets/models", Path.GetDirectoryName(TinyFusion.Model("web")), StringComparison.Ordinal));

        var (code, output, errors) = await CommandRun.HereAsync(["run", recipe, .. small]);

        Assert.True(code == 0, errors);
        Assert.Equal(3, Directory.GetFiles(folder.At("run/00-write"), "*.jsonl", SearchOption.AllDirectories).Length);
        Assert.Contains("fused", output, StringComparison.Ordinal);
    }

    [Fact(Skip = NoTexts, SkipWhen = nameof(HasNoTexts))]
    public async Task Chat_WithStandIns_ShowsEveryDomainInEveryTemplate()
    {
        string output = await CommandRun.SucceedAsync("check", Recipe("chat.yaml"), "--set", $"target={TinyFusion.Model("security")}", "--set", $"sources=[{TinyFusion.Model("data")}, {TinyFusion.Model("web")}]",
            "--set", "chat.templates.security=chatml", "--set", "chat.templates.data=vicuna", "--set", "chat.templates.web=mistral");

        Assert.Equal(9, output.Split("learned between ⟦ ⟧").Length - 1);
        Assert.Contains("The recipe is in order.", output, StringComparison.Ordinal);
    }

    [Fact]
    public void RecipeOfThePageOnConversations_IsRead()
    {
        string page = File.ReadAllText(Path.Combine(GoldenFile.Repository, "docs/conversations.md"));
        string yaml = page.Split("```yaml\n")[1].Split("```")[0];

        var recipe = RecipeReader.Parse(yaml, "docs/conversations.md", "/recipes", []);

        Assert.Equal((LearnedTurns.Answers, "chatml"), (recipe.Chat.TrainOn, recipe.Chat.Templates["two"]));
        Assert.Equal(["support"], recipe.Texts.Keys);
        Assert.Equal(ChatTemplate.Names, [.. page.Split("by the name of its folder: `")[1].Split("`, or a file")[0].Split("`, `")]);
    }

    private static string Recipe(string name) => Path.GetFullPath(Path.Combine(TinyFusion.Model("data"), "..", "..", "..", "recipes", name));
}
