using FuseSharp.Core.Errors;
using FuseSharp.Core.Evaluate.Judge;
using FuseSharp.Core.Progress;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests.Judge;

public sealed class JudgeTests
{
    private static readonly JudgeQuestion[] _questions = [new(1, "writing", "Q1?", null), new(2, "math", "Q2?", "R2"), new(3, "math", "Q3?", null)];
    private static readonly Dictionary<string, JudgePrompt> _prompts = new()
    {
        [JudgePrompt.Single] = new("s", "grade {question} {answer}"),
        [JudgePrompt.SingleWithReference] = new("s", "grade {question} {ref_answer_1} {answer}"),
        [JudgePrompt.Pair] = new("s", "compare {question} {answer_a} {answer_b} {kept}"),
        [JudgePrompt.PairWithReference] = new("s", "compare {question} {ref_answer_1} {answer_a} {answer_b}"),
    };

    [Theory]
    [InlineData("A is fine. [[A]]", 1)]
    [InlineData("[[A]]? No: [[B]]", -1)]
    [InlineData("[[C]]", 0)]
    [InlineData("I cannot say.", null)]
    public void PairOf_TakesTheLastVerdict(string text, int? expected) => Assert.Equal(expected, Verdict.PairOf(text));

    [Theory]
    [InlineData("Rating: [[7]]", 7.0)]
    [InlineData("Rating: [[8.5]]", 8.5)]
    [InlineData("Rating: [[11]]", null)]
    [InlineData("Rating: 7", null)]
    public void GradeOf_TakesGradesFrom1To10(string text, double? expected) => Assert.Equal(expected, Verdict.GradeOf(text));

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, -1, 0)] // the judge favours a place
    [InlineData(1, 0, 0)]
    [InlineData(-1, -1, -1)]
    public void OutcomeOf_AWinCountsOnlyInBothOrders(int first, int swapped, int expected) => Assert.Equal(expected, Verdict.OutcomeOf(first, swapped));

    [Fact]
    public async Task Run_AsksBothOrdersWithReferencesAndTriesAgain()
    {
        // The better answer is always "good"; the first attempt of each question meets a busy server.
        await using var judge = await FakeJudge.StartAsync((question, attempt) => attempt == 1 ? (429, "busy")
            : (200, question.StartsWith("grade", StringComparison.Ordinal) ? "[[6]]" : question.Contains("good bad", StringComparison.Ordinal) ? "[[A]]" : "[[B]]"));
        using var folder = new ScratchFolder();

        var judgements = await RunAsync(judge, folder.At("judgements.jsonl"));

        Assert.Equal(9, judgements.Count);
        Assert.All(judgements.Where(j => j.Kind != "single"), j => Assert.Equal(1, j.Value));
        Assert.Contains(judge.Asked, a => a == ("compare Q2? R2 bad good", "Bearer key"));
        Assert.Contains(judge.Asked, a => a.Question == "compare Q1? good bad {kept}");
        Assert.Equal("all: grade 6.00 ± 0.00 of 10; 3 won, 0 tied, 0 lost", JudgeReport.Lines(judgements).Last());
    }

    [Fact]
    public async Task Run_AgainAfterAKill_AsksOnlyWhatIsMissing()
    {
        await using var judge = await FakeJudge.StartAsync((_, _) => (200, "[[C]] [[5]]"));
        using var folder = new ScratchFolder();
        string file = folder.At("judgements.jsonl");
        await RunAsync(judge, file);
        string[] lines = File.ReadAllLines(file);
        File.WriteAllText(file, string.Join('\n', lines[..5]) + "\n" + lines[5][..20]); // the sixth was being written
        judge.Asked.Clear();

        var judgements = await RunAsync(judge, file);

        Assert.Equal((9, 4), (judgements.Count, judge.Asked.Count));
        Assert.Equal(9, File.ReadAllLines(file).Length);
    }

    [Fact]
    public async Task Ask_WrongKey_IsToldInOneLineWithoutTryingAgain()
    {
        await using var judge = await FakeJudge.StartAsync((_, _) => (401, "no"));
        using var client = new JudgeClient(judge.Endpoint, "gpt", "key", TimeSpan.FromMilliseconds(1));

        var fault = await Assert.ThrowsAsync<RecipeException>(() => client.AskAsync("s", "q", TestContext.Current.CancellationToken));

        Assert.Contains("answers 401", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
        Assert.Single(judge.Asked);
    }

    [Fact]
    public async Task Judge_WithoutAnEndpoint_WritesTheAnswersAndSaysSo()
    {
        using var folder = new ScratchFolder();
        folder.Write("question.jsonl", """{"question_id": 1, "category": "writing", "turns": ["ab?"]}"""u8.ToArray());

        var (code, output, errors) = await CommandRun.HereAsync("judge", folder.Write("tiny.gguf", TinyGguf.Build()), "--data", folder.Path, "--output", folder.At("out"), "--max-tokens", "4", "--precision", "float32");

        Assert.True(code == 0, errors);
        Assert.Contains("nothing was judged", output + errors, StringComparison.Ordinal);
        Assert.Contains("USER: ab? ASSISTANT:", File.ReadAllText(folder.At(Path.Combine("out", "answers-model.jsonl"))), StringComparison.Ordinal);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Read_RealBench_HasItsQuestionsAndPrompts()
    {
        string folder = SharedData.Path("data", "eval", "vicuna");

        var questions = JudgeQuestion.Read(folder);

        Assert.Equal("How can I improve my time management skills?", questions[0].Text);
        Assert.Contains(questions, q => q.Reference is not null);
        Assert.Contains("{answer_b}", JudgePrompt.Read(folder)[JudgePrompt.PairWithReference].Template, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<Judgement>> RunAsync(FakeJudge judge, string file)
    {
        using var client = new JudgeClient(judge.Endpoint, "gpt", "key", TimeSpan.FromMilliseconds(1));
        return await new JudgeRounds(client, _prompts, 3).RunAsync(_questions, ["good", "good", "good"], ["bad", "bad", "bad"], file, SilentProgress.Instance, TestContext.Current.CancellationToken);
    }
}
