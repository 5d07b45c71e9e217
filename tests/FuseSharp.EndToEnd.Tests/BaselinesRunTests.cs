using System.Globalization;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>Every baseline that a recipe asks for gets its row, or a sentence that says why it cannot be made.</summary>
public sealed class BaselinesRunTests
{
    [Fact]
    public async Task Run_AllBaselines_ComparesEachAndMakesNoneTwice()
    {
        using var folder = new ScratchFolder();
        string[] arguments = ["run", Recipe(folder), .. TinyFusion.Settings];

        await CommandRun.SucceedAsync(arguments);
        var (code, again, errors) = await CommandRun.HereAsync(arguments);

        Assert.True(code == 0, errors);
        var rows = Rows(File.ReadAllText(folder.At("run/report.md")));
        Assert.Equal(
            ["security (target)", "twin (source)", "web (source)", "merge linear of security, twin", "merge ties of security, twin", "ensemble", "CLM", "distilled from twin", "fused"],
            rows.Keys);
        Assert.Equal(rows["security (target)"], rows["merge linear of security, twin"], 2e-3); // of a model with itself, rounded to bfloat16
        Assert.InRange(rows["ensemble"], 0.5 * rows["security (target)"], rows["web (source)"]);
        Assert.Equal(3, new[] { "CLM", "distilled from twin", "fused" }.Select(r => rows[r]).Distinct().Count());
        Assert.DoesNotContain("done in", again, StringComparison.Ordinal);
        Assert.Contains("07-evaluate/ensemble: up to date", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DryRun_ModelsThatDoNotFit_SaysWhichBaselinesAreNotMade()
    {
        using var folder = new ScratchFolder();

        var (code, output, errors) = await CommandRun.HereAsync("run", TinyFusion.Write(folder), "--dry-run", "--set", "baselines.distill=true", "--set", "baselines.merges=[slerp]");

        Assert.True(code == 0, errors);
        Assert.Contains("distilled: no source has the tokenizer of security", output, StringComparison.Ordinal);
        Assert.Contains("merge slerp: data has another tokenizer than security; web has another tokenizer than security", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("baselines.merges=[ties]", "'baselines.merges' asks for ties, which needs the model that target and sources were tuned from")]
    [InlineData("baselines.ensemble_weights=[1, 2]", "2 weights for 3 models")]
    [InlineData("baselines.merge_base=nowhere", "Correct the path in 'baselines.merge_base'")]
    public async Task Check_BaselinesThatCannotBe_NamesTheFault(string setting, string expected)
    {
        using var folder = new ScratchFolder();

        var (code, _, errors) = await CommandRun.HereAsync("check", TinyFusion.Write(folder), "--set", setting);

        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    private static string Recipe(ScratchFolder folder)
    {
        Directory.CreateDirectory(folder.At("twin"));
        foreach (string file in Directory.EnumerateFiles(TinyFusion.Model("security")))
        {
            File.Copy(file, Path.Combine(folder.At("twin"), Path.GetFileName(file)));
        }

        string recipe = TinyFusion.Write(folder);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace(TinyFusion.Model("data"), "twin", StringComparison.Ordinal) + $"""

            baselines:
              distill: true
              ensemble: true
              merges: [linear, ties]
              merge_base: {TinyFusion.Model("security")}
            """);
        return recipe;
    }

    private static Dictionary<string, double> Rows(string report)
        => report.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Select(l => l.Trim('|', ' ').Split(" | "))
            .Where(c => double.TryParse(c[^1], CultureInfo.InvariantCulture, out _)).ToDictionary(c => c[0], c => double.Parse(c[^1], CultureInfo.InvariantCulture));
}
