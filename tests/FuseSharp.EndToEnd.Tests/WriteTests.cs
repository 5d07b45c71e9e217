using System.Text.Json;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Training texts that the models write themselves.</summary>
public sealed class WriteTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_NoGivenTrainingText_FusesWhatTheSourcesWrite()
    {
        string recipe = Recipe("numbers: { written_by: sources, count: 6, max_tokens: 60, test: numbers.jsonl }", "letters: { written_by: [web, target], bytes: 2000, max_tokens: 60, prompts: first_line of given, path: letters.jsonl }", "given: { train: letters.jsonl, test: letters.jsonl }");

        string planned = await CommandRun.SucceedAsync("run", recipe, "--dry-run");
        string said = await CommandRun.ProgressOfAsync(["run", recipe]);
        string again = await CommandRun.SucceedAsync("run", recipe, "--dry-run");

        string[] ofData = Texts("numbers/data");
        Assert.Equal((6, 6), (ofData.Length, Texts("numbers/web").Length));
        Assert.NotEqual(Texts("numbers/web")[0], Texts("letters/web")[0]);
        Assert.Equal(["security", "web"], Directory.GetFiles(_folder.At("run/00-write/letters"), "*.jsonl").Select(Path.GetFileNameWithoutExtension).Order());
        Assert.All(Texts("letters/security"), t => Assert.StartsWith("letters ", t, StringComparison.Ordinal));
        Assert.InRange(Texts("letters/web").Sum(t => t.Length), 2000, 4000);
        var split = Manifest.Read(_folder.At("run/01-split"));
        Assert.Equal(12, split.Figures["train.numbers.documents"]);
        Assert.Equal(Texts("letters/web").Length + Texts("letters/security").Length, split.Figures["train.letters.documents"]);
        Assert.InRange(split.Figures["test.letters.documents"], 1, 12); // by their hashes, as without a writer
        Assert.Contains("write numbers", planned, StringComparison.Ordinal);
        Assert.Matches("web wrote [0-9]+ documents, of which [0-9]+ were taken", said);
        Assert.DoesNotContain("missing", again, StringComparison.Ordinal);
        Assert.DoesNotContain("again", again, StringComparison.Ordinal);
        Assert.Contains("written by", File.ReadAllText(_folder.At("run/report.md")), StringComparison.Ordinal);

        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("count: 6", "count: 7", StringComparison.Ordinal));
        string changed = await CommandRun.SucceedAsync("run", recipe, "--dry-run");
        Assert.Matches("write numbers +again: write.count 6 → 7", changed);
        Assert.Matches("split +decided after write numbers", changed);
    }

    [Fact]
    public async Task Write_KilledAtAnyMoment_WritesTheSameBytes()
    {
        string[] Command(string output) => ["write", "--models", TinyFusion.Model("web"), TinyFusion.Model("data"), "--count", "24", "--max-tokens", "50", "--precision", "float32", "--output", _folder.At(output)];
        await CommandRun.SucceedAsync(Command("whole"));
        string partial = _folder.At("killed.partial");
        long Kept() => Directory.Exists(partial) ? Directory.GetFiles(partial, "*.jsonl*").Sum(KillableProcess.LengthOf) : 0;

        int kills = KillableProcess.RunToTheEnd(Command("killed"), n =>
        {
            long before = Kept();
            return () => n < 4 && Kept() > before + 300;
        });

        Assert.InRange(kills, 1, 4);
        Assert.Equal(DataStages.Files(_folder.At("whole")), DataStages.Files(_folder.At("killed")));
    }

    [Theory]
    [InlineData("numbers: { written_by: sources, test: numbers.jsonl }", "needs either 'count'")]
    [InlineData("numbers: { written_by: nobody, count: 3, test: numbers.jsonl }", "'written_by' names 'nobody', expected sources, target or models of the recipe: security, data, web")]
    [InlineData("numbers: { written_by: target, count: 3, train: numbers.jsonl, test: numbers.jsonl }", "models write the training texts")]
    [InlineData("numbers: { count: 3, path: numbers.jsonl }", "has 'count', but no model writes its texts")]
    [InlineData("numbers: { written_by: target, count: 3, prompts: first_line of letters, test: numbers.jsonl }", "expected none, 'first_line of NAME'")]
    [InlineData("numbers: { written_by: target, count: 3, temperature: 11, test: numbers.jsonl }", "expected 0 to 10")]
    [InlineData("numbers: { written_by: target, count: 3, part: 60..100, path: numbers.jsonl }", "'texts.numbers' has 'part', which chooses among training texts that are given, but models write them. Leave it out.")]
    [InlineData("numbers: { part: 60..100, test: numbers.jsonl }", "'texts.numbers' has 'part', which chooses among training texts that are given, but none are. Leave it out.")]
    public async Task Check_WritersThatDoNotFit_AreRefusedInALine(string entry, string why)
    {
        var (code, _, errors) = await CommandRun.HereAsync("check", Recipe(entry));

        Assert.Equal(2, code);
        Assert.Contains(why, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_AlwaysTheSameText_EndsInALine()
    {
        var (code, _, errors) = await CommandRun.HereAsync("write", "--models", TinyFusion.Model("web"), "--count", "300", "--max-tokens", "4", "--temperature", "0", "--output", _folder.At("out"));

        Assert.Equal(2, code);
        Assert.Matches("web wrote .* documents, of which 1 were taken, .* duplicates. Give it prompts", errors);
    }

    private string Recipe(params string[] entries)
    {
        TinyFusion.Write(_folder);
        string recipe = _folder.At("written.yaml");
        File.WriteAllText(recipe, $"""
            output: run
            target: {TinyFusion.Model("security")}
            sources: [{TinyFusion.Model("data")}, {TinyFusion.Model("web")}]
            texts:
              {string.Join("\n  ", entries)}
            split: {"{ max_length: 128 }"}
            represent: {"{ precision: float32 }"}
            train: {"{ batch_size: 4, learning_rate: 0.001, evaluate_every: 0, precision: float32 }"}
            evaluate: {"{ precision: float32, samples: 1 }"}
            generate: {"{ max_tokens: 3 }"}
            """);
        return recipe;
    }

    private string[] Texts(string of) => [.. File.ReadLines(_folder.At($"run/00-write/{of}.jsonl")).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("text").GetString()!)];
}
