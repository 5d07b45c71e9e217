using System.Text.Json;
using FuseSharp.Evaluation.Code;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Testing;

namespace FuseSharp.Evaluation.Tests.Code;

public sealed class ProgramTests
{
    /// <summary>Whether there is nothing to test with.</summary>
    public static bool IsMissing => SharedData.IsMissing || Sandbox.FindProgram("bwrap") is null || Sandbox.FindProgram("python3") is null;

    [Theory]
    [InlineData(5, 2, 1, 0.4)] // c/n
    [InlineData(4, 1, 2, 0.5)] // 1 − C(3, 2)/C(4, 2) = 1 − 3/6
    [InlineData(20, 0, 10, 0)]
    [InlineData(3, 2, 2, 1)]   // two programs hold one of the two that pass
    [InlineData(200, 1, 100, 0.5)]
    public void PassAtK_IsTheUnbiasedEstimator(int n, int c, int k, double expected) => Assert.Equal(expected, PassAtK.Compute(n, c, k), 1e-12);

    [Fact(Skip = "Needs ../shared, bubblewrap and Python.", SkipWhen = nameof(IsMissing))]
    public async Task Score_RealProblems_TheirOwnSolutionsPassAndOthersDoNot()
    {
        var task = TaskDefinition.Find("humaneval") with { Samples = 2, Temperature = 1 };
        var questions = TaskReader.Read(task, SharedData.Path("data", "eval"), 6, null, 1);
        var runner = new ProgramRunner(new SandboxLimits());
        Assert.Null(await runner.WhyNotAsync(task.Language, TestContext.Current.CancellationToken));

        var samples = await new TaskScorer(runner).ScoreAsync(task, [.. questions.Select(q => (q.Example, q.Prompt))],
            e => [Program(e, 0, "\n" + e.Row.TextAt("canonical_solution")), Program(e, 1, "\n    return None\n")], TestContext.Current.CancellationToken);

        Assert.Equal(12, samples.Count);
        Assert.All(samples, s => Assert.Equal(s.Sample == 0 ? 1 : 0, s.Scores[TaskSample.Passed]));
        Assert.All(samples.Where(s => s.Sample == 1), s => Assert.Contains("Error", s.Output, StringComparison.Ordinal));
        var result = TaskResult.From(task.Name, task.Scoring, samples);
        Assert.Equal((6, "pass@1", 0.5), (result.Samples, result.Figures[0].Name, result.Figures[0].Value));
        Assert.Equal("humaneval: pass@1 0.5000 ± – (6 questions)", TaskReport.LineOf(result));
    }

    [Fact]
    public async Task WhyNot_UnknownLanguage_SaysSo()
        => Assert.Equal("the language 'cobol' is not known", await new ProgramRunner(new SandboxLimits()).WhyNotAsync("cobol", TestContext.Current.CancellationToken));

    [Fact]
    public void Of_SeveralPrograms_GivesEveryKThatThereAreEnoughOf()
    {
        TaskSample[] samples = [.. Enumerable.Range(0, 20).Select(i => Sample(0, i, passed: i < 5)), .. Enumerable.Range(0, 20).Select(i => Sample(1, i, passed: false))];

        var result = TaskResult.From("multipl_e:lua", TaskScoring.Execute, samples);

        Assert.Equal(["pass@1", "pass@10"], result.Figures.Select(f => f.Name));
        Assert.Equal(0.125, result.Figures[0].Value, 1e-12); // (5/20 + 0)/2
    }

    [Fact]
    public void MeansOf_SkippedParts_DoNotCount()
    {
        TaskResult Of(string name, double value) => new(name, 10, [new TaskFigure("pass@1", value, 0.1)]);
        var skipped = new TaskResult("multipl_e:lua", 0, []) { Skipped = "'lua' is not in /usr/bin" };

        var means = TaskResult.MeansOf("multipl_e", [Of("multipl_e:cpp", 0.2), skipped, Of("multipl_e:js", 0.4)]);

        Assert.Equal([0.3, 0.3], means.Select(m => Math.Round(m.Figures[0].Value, 9)));
        Assert.Empty(TaskResult.MeansOf("multipl_e", [Of("multipl_e:cpp", 0.2), skipped]));
        Assert.Equal("multipl_e:lua: skipped, 'lua' is not in /usr/bin", TaskReport.LineOf(skipped));
        Assert.Equal(skipped, JsonSerializer.Deserialize<TaskResult>(JsonSerializer.Serialize(skipped))! with { Figures = skipped.Figures });
    }

    private static TaskAnswer Program(TaskExample example, int index, string text) => new("humaneval", example.Row.Number, index, text, null, false);

    private static TaskSample Sample(int row, int index, bool passed)
        => new("multipl_e:lua", row, "", null, "", "", [], new Dictionary<string, double> { [TaskSample.Passed] = passed ? 1 : 0 }) { Sample = index };
}
