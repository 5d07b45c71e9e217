using FuseSharp.EndToEnd.Tests.Judge;
using FuseSharp.Report;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Every baseline that a recipe asks for gets its row, or a sentence that says why it cannot be made.</summary>
public sealed class BaselinesRunTests
{
    [Fact]
    public async Task Run_AllBaselines_ComparesEachAndMakesNoneTwice()
    {
        await using var judge = await FakeJudge.StartAsync((question, _) => (200, question.StartsWith("pair", StringComparison.Ordinal) ? "[[C]]" : "[[7]]"));
        using var folder = new ScratchFolder();
        string[] arguments = ["run", Recipe(folder), .. TinyFusion.Settings, "--set", $"evaluate.judge.endpoint={judge.Endpoint}"];

        await CommandRun.SucceedAsync(arguments);
        string again = await CommandRun.ProgressOfAsync(arguments);

        var rows = ReportedScores.Means(File.ReadAllText(folder.At("run/report.md")));
        Assert.Equal(
            ["security (target)", "twin (source)", "web (source)", "merge linear of security, twin", "merge ties of security, twin", "ensemble", "CLM", "distilled from twin", "fused"],
            rows.Keys);
        Assert.Equal(rows["security (target)"], rows["merge linear of security, twin"], 2e-3); // of a model with itself, rounded to bfloat16
        Assert.InRange(rows["ensemble"], 0.5 * rows["security (target)"], rows["security (target)"] - 0.01); // two of its three are the target
        Assert.Equal(3, new[] { "CLM", "distilled from twin", "fused" }.Select(r => rows[r]).Distinct().Count());
        Assert.False(ErrorText.TellsOfWork(again), again);
        Assert.Contains("07-evaluate/ensemble: up to date", again, StringComparison.Ordinal);
        string weighted = await CommandRun.ProgressOfAsync([.. arguments, "--set", "baselines.ensemble_weights=[2, 1, 1]"]);
        Assert.DoesNotContain("07-tasks/ensemble: up to date", weighted, StringComparison.Ordinal); // others answer
        Assert.DoesNotContain("07-evaluate/ensemble: up to date", weighted, StringComparison.Ordinal);
        Assert.Contains("07-tasks/web: up to date", weighted, StringComparison.Ordinal);
        AssertReportIsMadeAgain(folder, await CommandRun.HereAsync("report", folder.At("run")));
    }

    [Fact]
    public async Task Run_FuseAndMerge_FusesWithEachSourceAndMerges()
    {
        using var folder = new ScratchFolder();
        string[] arguments = ["run", TinyFusion.Write(folder), .. TinyFusion.Settings, "--set", "train.strategy=fuse_and_merge"];

        var (_, dry, _) = await CommandRun.HereAsync([.. arguments, "--dry-run"]);
        await CommandRun.SucceedAsync(arguments);
        string again = await CommandRun.ProgressOfAsync(arguments);

        Assert.Matches("train fused-seed42-data +missing", dry);
        Assert.Matches("merge fused-merged-seed42 +missing", dry);
        string report = File.ReadAllText(folder.At("run/report.md"));
        Assert.Equal(["security (target)", "data (source)", "web (source)", "CLM", "fused and merged"], ReportedScores.Means(report).Keys);
        Assert.Contains("fused-seed42-web", report, StringComparison.Ordinal); // its course
        Assert.True(File.Exists(folder.At("run/06-merge/fused-merged-seed42/model.safetensors")));
        Assert.False(ErrorText.TellsOfWork(again), again);

        // SCE of both, by mergekit's key words.
        File.WriteAllText(folder.At("sce.yaml"), $"merge_method: sce\nbase_model: {TinyFusion.Model("security")}\nmodels: [{{ model: run/06-train/fused-seed42-data }}, {{ model: run/06-train/fused-seed42-web }}]\n");
        await CommandRun.SucceedAsync("merge", "--config", folder.At("sce.yaml"), "--output", folder.At("sce"));
        Assert.Equal(File.ReadAllBytes(folder.At("sce/model.safetensors")), File.ReadAllBytes(folder.At("run/06-merge/fused-merged-seed42/model.safetensors")));
    }

    [Fact]
    public async Task DryRun_ModelsThatDoNotFit_SaysWhichBaselinesAreSkipped()
    {
        using var folder = new ScratchFolder();

        var (code, output, errors) = await CommandRun.HereAsync("run", TinyFusion.Write(folder), "--dry-run", "--set", "baselines.distill=true", "--set", "baselines.merges=[slerp]");

        Assert.True(code == 0, errors);
        Assert.Matches("distilled +skipped: no source has the tokenizer of security", output);
        Assert.Matches("merge slerp +skipped: data has another tokenizer than security; web has another tokenizer than security", output);
    }

    [Theory]
    [InlineData("baselines.merges=[ties]", "'baselines.merges' asks for ties, which needs the model that target and sources were tuned from")]
    [InlineData("baselines.ensemble_weights=[1, 2]", "2 weights for 3 models")]
    [InlineData("baselines.merges=[passthrough]", "asks for passthrough, which takes the layers of single models")]
    [InlineData("baselines.merge_base=nowhere", "named in 'baselines.merge_base'. Correct the path.")]
    public async Task Check_BaselinesThatCannotBe_NamesTheFault(string setting, string expected)
    {
        using var folder = new ScratchFolder();

        var (code, _, errors) = await CommandRun.HereAsync("check", TinyFusion.Write(folder), "--set", setting);

        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train.fusion=none", "'train.strategy' is fuse_and_merge, but 'train.fusion' is none")]
    [InlineData("sources=[]", "'sources' names fewer than two")]
    public async Task Check_StrategyThatCannotBe_NamesTheFault(string setting, string expected)
    {
        using var folder = new ScratchFolder();

        var (code, _, errors) = await CommandRun.HereAsync("check", TinyFusion.Write(folder), "--set", "train.strategy=fuse_and_merge", "--set", setting);

        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    // From the artifacts alone; what is gone is named in its place.
    private static void AssertReportIsMadeAgain(ScratchFolder folder, (int Code, string Output, string Errors) report)
    {
        Assert.Equal((0, folder.At("run/report.html")), (report.Code, report.Output.Trim()));
        string page = File.ReadAllText(folder.At("run/report.html"));
        Assert.Contains("merge ties of security, twin", page, StringComparison.Ordinal);
        Assert.Contains("snarks", page, StringComparison.Ordinal);
        Assert.Matches(@"\| snarks, acc \| 2 \|( \d+\.\d\d ± (\d+\.\d\d|–) \|){9} \n", File.ReadAllText(folder.At("run/report.md"))); // the ensemble among them
        Assert.Contains("| ensemble | 7.00 ± – | 0, 2, 0 |", File.ReadAllText(folder.At("run/report.md")), StringComparison.Ordinal);
        Assert.Contains("| CLM | 7.00 ± – | – |", File.ReadAllText(folder.At("run/report.md")), StringComparison.Ordinal);
        Assert.Equal(4, page.Split("<article class=\"sample\">").Length - 1);
        Assert.True(page.Length < 1_000_000, $"{page.Length} characters");
        Directory.Delete(folder.At("run/07-evaluate/ensemble"), recursive: true);
        File.Delete(folder.At("run/06-train/clm-seed42/log.jsonl"));

        RunReport.Write(folder.At("run"));

        string without = File.ReadAllText(folder.At("run/report.md"));
        Assert.Contains("Missing: ensemble: not evaluated yet.", without, StringComparison.Ordinal);
        Assert.Contains("Missing: CLM: no training log.", without, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_OfAFolderThatIsNoRun_SaysWhatToName()
    {
        using var folder = new ScratchFolder();

        var (code, _, errors) = await CommandRun.HereAsync("report", folder.Path);

        Assert.Equal(2, code);
        Assert.Contains("it has no recipe.yaml", errors, StringComparison.Ordinal);
    }

    private static string Recipe(ScratchFolder folder)
    {
        Directory.CreateDirectory(folder.At("twin"));
        foreach (string file in Directory.EnumerateFiles(TinyFusion.Model("security")))
        {
            File.Copy(file, Path.Combine(folder.At("twin"), Path.GetFileName(file)));
        }

        Directory.CreateDirectory(folder.At("set"));
        File.WriteAllLines(folder.At("set/test.jsonl"), Enumerable.Range(0, 3).Select(i => $$"""{"q":"The reader returns {{i}}","c":["null","a byte array"],"g":{{i % 2}}}"""));
        File.WriteAllText(folder.At("own.yaml"), "name: snarks\nkind: choice\ndata: [set]\nprompt: '{q}'\nchoices: ['{c}']\ngold: '{g}'\n");
        JudgeTests.WriteBench(folder);
        File.WriteAllText(folder.At("judged.yaml"), "name: vicuna\nkind: generate\nscoring: judge\ndata: [vicuna/question.jsonl]\nprompt: '{turns.0}'\nmax_tokens: 4\n");
        string recipe = TinyFusion.Write(folder);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace(TinyFusion.Model("data"), "twin", StringComparison.Ordinal) + $"""

            baselines:
              distill: true
              ensemble: true
              merges: [linear, ties]
              merge_base: {TinyFusion.Model("security")}
            evaluate:
              tasks: [own.yaml, judged.yaml]
              data: .
              limit: 2
            """);
        return recipe;
    }
}
