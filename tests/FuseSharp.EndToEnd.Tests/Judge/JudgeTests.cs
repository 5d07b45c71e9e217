using FuseSharp.Errors;
using FuseSharp.Evaluation.Judge;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
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
    [InlineData("[[B]]? No: [[A]]", 1)]
    [InlineData("[[C]]", 0)]
    [InlineData("I cannot say.", null)]
    public void PairOf_TakesTheFirstOfABC(string text, int? expected) => Assert.Equal(expected, Verdict.PairOf(text));

    [Theory]
    [InlineData("Rating: [[7]]", 7.0)]
    [InlineData("Rating: [[8.5]]", 8.5)]
    [InlineData("Rating: [[11]]", null)]
    [InlineData("Rating: [7]", 7.0)]
    [InlineData("First [[3]], then [[9]]", 3.0)]
    [InlineData("[2] is worse: [[6]]", 6.0)]
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
        Assert.Equal("all: grade 6.00 ± – of 10; 3 won, 0 tied, 0 lost", JudgeReport.Lines(judgements).Last());
    }

    [Fact]
    public async Task Run_AgainAfterAKill_AsksOnlyWhatIsMissing()
    {
        await using var judge = await FakeJudge.StartAsync((_, _) => (200, "[[C]] [[5]]"));
        using var folder = new ScratchFolder();
        string file = folder.At("judgements.jsonl");
        await RunAsync(judge, file);
        string[] lines = File.ReadAllLines(file);
        File.WriteAllText(file, string.Join('\n', lines[..6]) + "\n" + lines[6][..20]); // behind the key five judgements; the sixth was being written
        judge.Asked.Clear();

        var judgements = await RunAsync(judge, file);

        Assert.Equal((9, 4), (judgements.Count, judge.Asked.Count));
        Assert.Equal(10, File.ReadAllLines(file).Length);
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
    public async Task Ask_BusyJudge_SaysEachRetryWithReasonAndWait()
    {
        await using var judge = await FakeJudge.StartAsync((_, attempt) => attempt switch { 1 => (429, ""), 2 => (503, ""), _ => (200, "[[7]]") });
        var said = new List<string>();
        using var client = new JudgeClient(judge.Endpoint, "gpt", "key", TimeSpan.FromMilliseconds(1), said.Add);

        Assert.Equal("[[7]]", await client.AskAsync("s", "q", TestContext.Current.CancellationToken));

        Assert.Equal([$"The judge at {judge.Endpoint}/ answers 429 (Too Many Requests): asked again in 1 s (1 of 6).", $"The judge at {judge.Endpoint}/ answers 503 (Service Unavailable): asked again in 1 s (2 of 6)."], said);
    }

    [Fact]
    public async Task Ask_JudgeThatIsNotThere_SaysEachRetryAndThenGivesUp()
    {
        var judge = await FakeJudge.StartAsync((_, _) => (200, ""));
        var endpoint = judge.Endpoint;
        await judge.DisposeAsync();
        var said = new List<string>();
        using var client = new JudgeClient(endpoint, "gpt", null, TimeSpan.FromMilliseconds(1), said.Add);

        var fault = await Assert.ThrowsAsync<RecipeException>(() => client.AskAsync("s", "q", TestContext.Current.CancellationToken));

        Assert.Contains("cannot be reached", fault.Message, StringComparison.Ordinal);
        Assert.Equal(6, said.Count);
        Assert.All(said, (line, i) => Assert.EndsWith($"asked again in 1 s ({i + 1} of 6).", line, StringComparison.Ordinal));
        Assert.All(said, line => Assert.Contains(" cannot be reached (", line, StringComparison.Ordinal));
        Assert.DoesNotContain(said, line => line.Contains('\n', StringComparison.Ordinal));
    }

    [Fact]
    public async Task EvaluateThenJudge_AnswersOfTwoModels_AreGradedAndCompared()
    {
        await using var judge = await FakeJudge.StartAsync((question, _) => (200, question.StartsWith("pair", StringComparison.Ordinal) ? "[[A]]" : "[[7]]"));
        using var folder = new ScratchFolder();
        WriteBench(folder);
        string plain = folder.Write("plain.gguf", TinyGguf.Build());
        string chatty = folder.Write("chatty.gguf", TinyGguf.Build(chatTemplate: "{% for m in messages %}<{{ m.content }}>{% endfor %}"));

        string said = await CommandRun.SucceedAsync("evaluate", plain, "--tasks", "vicuna", "--data", folder.Path, "--set", "max_tokens=4", "--samples", folder.At("plain.json"), "--precision", "float32");
        await CommandRun.SucceedAsync("evaluate", chatty, "--tasks", "vicuna", "--data", folder.Path, "--set", "max_tokens=4", "--samples", folder.At("chatty.json"), "--precision", "float32");
        string judged = await CommandRun.SucceedAsync("judge", folder.At("chatty.json"), "--baseline", folder.At("plain.json"), "--data", folder.Path, "--endpoint", judge.Endpoint.ToString(), "--output", folder.At("judged"));

        Assert.Contains("vicuna: 2 answers, for a judge to grade (fusesharp judge)", said, StringComparison.Ordinal);
        Assert.Contains("\"prompt\": \"USER: ab? ASSISTANT:\"", File.ReadAllText(folder.At("plain.json")), StringComparison.Ordinal);
        Assert.Contains("\"prompt\": \"<ab?>\"", File.ReadAllText(folder.At("chatty.json")), StringComparison.Ordinal);
        Assert.Contains("all: grade 7.00 ± – of 10; 0 won, 2 tied, 0 lost", judged, StringComparison.Ordinal); // A in both orders: the judge favours a place
        Assert.Equal(6, judge.Asked.Count);
    }

    [Theory]
    [InlineData("nowhere.json", "http://localhost/v1", "holds no results of benchmarks")]
    [InlineData("empty.json", "http://localhost/v1", "holds no answers to Vicuna Bench")]
    [InlineData("empty.json", "localhost", "expected an address that begins with http")]
    public async Task Judge_WhatCannotBeJudged_IsToldInOneLine(string answers, string endpoint, string expected)
    {
        using var folder = new ScratchFolder();
        WriteBench(folder);
        File.WriteAllText(folder.At("empty.json"), """{"results": [], "samples": []}""");

        var (code, _, errors) = await CommandRun.HereAsync("judge", folder.At(answers), "--data", folder.Path, "--endpoint", endpoint, "--output", folder.At("judged"));

        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
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

    /// <summary>Writes a Vicuna Bench of two questions below a folder of benchmarks' data.</summary>
    internal static void WriteBench(ScratchFolder folder)
    {
        Directory.CreateDirectory(folder.At("vicuna"));
        File.WriteAllLines(folder.At("vicuna/question.jsonl"), Enumerable.Range(1, 2).Select(i => $$"""{"question_id": {{i}}, "category": "writing", "turns": ["ab?"]}"""));
        File.WriteAllLines(folder.At("vicuna/judge_prompts.jsonl"), new[] { JudgePrompt.Single, JudgePrompt.SingleWithReference, JudgePrompt.Pair, JudgePrompt.PairWithReference }
            .Select(n => $$"""{"name": "{{n}}", "system_prompt": "s", "prompt_template": "{{n}} {question}"}"""));
    }

    private static async Task<IReadOnlyList<Judgement>> RunAsync(FakeJudge judge, string file)
    {
        using var client = new JudgeClient(judge.Endpoint, "gpt", "key", TimeSpan.FromMilliseconds(1));
        using var journal = new JsonJournal<Judgement>(file, "key", ArtifactJson.Line);
        return await new JudgeRounds(client, _prompts, 3).RunAsync(_questions, ["good", "good", "good"], ["bad", "bad", "bad"], journal, SilentProgress.Instance, TestContext.Current.CancellationToken);
    }
}
