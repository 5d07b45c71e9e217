using System.Text.Json;
using FuseSharp.Core.Evaluate.Code;
using FuseSharp.Core.Progress;
using FuseSharp.Testing;
using FuseSharp.Torch.Evaluate.Code;

namespace FuseSharp.Torch.Tests.Evaluate.Code;

public sealed class CodeStageTests
{
    /// <summary>Whether there is nothing to test with.</summary>
    public static bool IsMissing => SharedData.IsMissing || Sandbox.FindProgram("bwrap") is null || Sandbox.FindProgram("python3") is null;

    [Theory]
    [InlineData(5, 2, 1, 0.4)] // c/n
    [InlineData(4, 1, 2, 0.5)] // 1 − C(3, 2)/C(4, 2) = 1 − 3/6
    [InlineData(20, 0, 10, 0)]
    [InlineData(3, 2, 2, 1)]   // two programs hold one of the two that pass
    [InlineData(200, 1, 100, 0.5)]
    public void PassAtK_IsTheUnbiasedEstimator(int n, int c, int k, double expected) => Assert.Equal(expected, PassAtK.Of(n, c, k), 1e-12);

    [Fact(Skip = "Needs ../shared, bubblewrap and Python.", SkipWhen = nameof(IsMissing))]
    public async Task Run_RealProblems_TheirOwnSolutionsPassAndOthersDoNot()
    {
        string file = SharedData.Path("data", "eval", "humaneval", "HumanEval.jsonl");
        var problems = CodeProblem.Read(file, 6);
        var solutions = File.ReadLines(file).Take(6).Select(l => JsonSerializer.Deserialize<JsonElement>(l)).ToDictionary(r => r.GetProperty("task_id").GetString()!, r => r.GetProperty("canonical_solution").GetString()!);
        var stage = await Stage(new CodeOptions { Samples = 2 });

        var report = await stage.RunAsync([.. problems, new CodeProblem("other", "cobol", "", "", [])], (problem, sample) => sample == 0 ? solutions[problem.Name] : "    return None\n", TestContext.Current.CancellationToken);

        Assert.All(report.Samples, s => Assert.Equal(s.Sample == 0, s.Passed));
        Assert.Equal([("pass@1", 0.5)], report.Figures["py"].Select(f => (f.Name, f.Value)));
        Assert.Equal(1, report.Skipped["cobol"]);
        Assert.Contains(report.Lines(), l => l == "cobol: 1 problems skipped, the language is not known");
    }

    [Theory(Skip = "Needs ../shared, bubblewrap and Python.", SkipWhen = nameof(IsMissing))]
    [InlineData("js", "const f = x => x + 1;\n", "if (f(1) !== 2) { throw new Error('no'); }")]
    [InlineData("sh", "f() { echo $(($1 + 1)); }\n", "[ $(f 1) = 2 ]")]
    [InlineData("pl", "sub f { return $_[0] + 1; }\n", "exit 1 unless f(1) == 2;")]
    [InlineData("cpp", "#include <cassert>\nint f(int x) { return x + 1; }\n", "int main() { assert(f(1) == 2); }")]
    public async Task Run_OtherLanguages_PassAndFail(string language, string prompt, string tests)
    {
        Assert.SkipUnless(CodeLanguage.Find(language)!.IsHere, $"The toolchain of {language} is not in /usr/bin.");
        CodeProblem[] problems = [new("right", language, prompt, tests, []), new("wrong", language, prompt.Replace("+ 1", "+ 2", StringComparison.Ordinal), tests, [])];

        var report = await (await Stage(new CodeOptions())).RunAsync(problems, (_, _) => "", TestContext.Current.CancellationToken);

        Assert.Equal([("right", true), ("wrong", false)], report.Samples.Select(s => (s.Problem, s.Passed)));
    }

    private static async Task<CodeStage> Stage(CodeOptions options)
        => new(await Sandbox.OpenAsync(new SandboxLimits(), TestContext.Current.CancellationToken), options, SilentProgress.Instance);
}
