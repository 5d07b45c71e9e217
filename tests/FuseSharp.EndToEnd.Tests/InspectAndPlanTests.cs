using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>What is shown of finished work and said of planned work, and what is refused.</summary>
public sealed class InspectAndPlanTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public InspectAndPlanTests() => TinyFusion.Write(_folder);

    [Fact]
    public async Task Inspect_AnotherTokenizer_IsRefusedAndTheRightOneShown()
    {
        string split = _folder.At("split");
        string represented = _folder.At("represented");
        await CommandRun.SucceedAsync("split", "--models", TinyFusion.Model("web"), "--texts", $"a={_folder.At("letters.jsonl")}", "--set", "split.max_length=128", "--output", split);
        await CommandRun.SucceedAsync("represent", "--model", TinyFusion.Model("web"), "--texts", split, "--set", "represent.precision=float32", "--output", represented);

        string right = await CommandRun.SucceedAsync("inspect", represented, "--tokenizer", TinyFusion.Model("web"), "--rows", "1");
        var (code, output, errors) = await CommandRun.HereAsync("inspect", represented, "--tokenizer", TinyFusion.Model("data"));

        Assert.Contains("nats  next: ", right, StringComparison.Ordinal);
        Assert.DoesNotContain("|", right.Split('\n')[0], StringComparison.Ordinal);
        Assert.Equal(2, code);
        Assert.Contains("has another tokenizer than the ids of this 'represent' output", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("next: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_OtherPaths_SaysWhatTheyAre()
    {
        Directory.CreateDirectory(_folder.At("run/01-split"));
        File.WriteAllText(_folder.At("run/recipe.yaml"), "");

        Assert.Contains("There is nothing at", await Refusal("inspect", _folder.At("nowhere")), StringComparison.Ordinal);
        Assert.Contains("is the folder of a run: name one of its stages (01-split), or open its report.html.", await Refusal("inspect", _folder.At("run")), StringComparison.Ordinal);
        Assert.Contains("is a file; name the folder", await Refusal("inspect", _folder.At("letters.jsonl")), StringComparison.Ordinal);
        Assert.Contains("is a model that no stage made", await Refusal("inspect", TinyFusion.Model("web")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--memory", "-5", "--memory is -5, expected 0 or more.")]
    [InlineData("--flops", "-1e9", "--flops is -1000000000, expected 0 or more.")]
    [InlineData("--ranks", "0", "--ranks is 0, expected 1 to 100,000.")]
    public async Task Plan_NumbersThatCannotBe_AreRefused(string option, string value, string expected)
        => Assert.Equal(expected, await Refusal("plan", _folder.At("run.yaml"), option, value));

    [Fact]
    public async Task Plan_ListsWhatIsMade()
    {
        string plan = await CommandRun.SucceedAsync("plan", _folder.At("run.yaml"), "--flops", "1e9", "--set", "baselines.merges=[linear]", "--set", "baselines.ensemble=true");

        Assert.Equal(
            ["stage", "split", "represent", "align", "pack", "train", "evaluate", "ensemble", "generate", "teachers"], plan.Split('\n').Take(10).Select(l => l.Split(' ')[0]));
        Assert.Contains("Skipped: merge linear, because data has another tokenizer than security", plan, StringComparison.Ordinal);
        Assert.Matches(@"\ntrain +\d\.\d\d +\d\.\d{3} +\d\.\d\dE\+\d+ +\d+ (s|min)\n", plan);
    }

    [Fact]
    public async Task Evaluate_PromptsLongerThanTheContext_AreCountedAndSaid()
    {
        string question = string.Join(' ', Enumerable.Repeat("message request response", 300));
        File.WriteAllLines(_folder.At("rows.jsonl"), [$$"""{"q":"{{question}}","a":"yes"}""", """{"q":"short","a":"no"}""", $$"""{"q":"{{question}} again","a":"no"}"""]);
        File.WriteAllText(_folder.At("long.yaml"), "name: long\nkind: generate\nscoring: exact\ndata: [rows.jsonl]\nprompt: '{q}'\nanswers: ['{a}']\nmax_tokens: 4\n");
        string samples = _folder.At("samples.json");

        var (code, _, errors) = await CommandRun.HereAsync(
            "evaluate", TinyFusion.Model("web"), "--tasks", _folder.At("long.yaml"), "--data", _folder.Path, "--samples", samples, "--precision", "float32");

        Assert.True(code == 0, errors);
        Assert.Contains("Warning: 2 of 3 prompts of long were cut from the left to the model's context, 512 tokens less 4 for the answer.", errors, StringComparison.Ordinal);
        Assert.Contains("\"cut_prompts\": 2", File.ReadAllText(samples), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_IntoAFolderThatIsNotThere_MakesIt()
    {
        await CommandRun.SucceedAsync("export", TinyFusion.Model("web"), "--gguf", _folder.At("new/deep/web.gguf"));

        Assert.True(File.Exists(_folder.At("new/deep/web.gguf")));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static async Task<string> Refusal(params string[] arguments)
    {
        var (code, _, errors) = await CommandRun.HereAsync(arguments);
        Assert.Equal(2, code);
        return errors.TrimEnd();
    }
}
