using FuseSharp.Report.Charts;
using FuseSharp.Report.Content;

namespace FuseSharp.Report.Tests;

/// <summary>A report with every kind of part, whose names and texts try to be markup.</summary>
internal static class MadeUpReport
{
    /// <summary>A model's name that would run where it is not encoded.</summary>
    public const string Name = "<script>window.hacked = 1</script>|\"&'";

    public static RunReport Create() => new($"web fused into {Name}", [new("1.2345", "bits per byte"), new("−0.0163 ± 0.0043", $"against {Name}")],
    [
        new ReportSection("results", "Results")
        {
            Paragraphs = ["A paragraph with <b>no</b> markup."],
            Charts = [DotChart.Draw("Dots", $"{Name} 1.2", "dots", "bits per byte", hasZero: true, [(Name, 0.1, 0.02, false), ("CLM", 0, 0, false), ("fused", -0.02, double.NaN, true)])],
            Tables = [new ReportTable("Bits per byte", ["model", Name, "b", "c", "d", "e", "mean"], [.. new[] { Name, "CLM", "fused" }.Select(m => new ReportRow([m, .. Enumerable.Repeat("1.2345 ± 0.0012", 6)], m == "fused"))])],
            Missing = [$"merge of {Name}: not made."],
        },
        new ReportSection("teachers", "Teachers")
        {
            Charts =
            [
                ShareChart.Draw("Shares", "Half and half.", "shares", [Name, "b"], [("security", [0.25, 0.75]), (Name, [1, 0])]),
                LineChart.Draw("Loss", "Falls.", "loss", [("total", [.. Enumerable.Range(0, 1000).Select(i => ((double)i, 4 / (1 + (i * 0.01))))]), (Name, [(0, 3), (999, 1)])]),
            ],
        },
        new ReportSection("samples", "Samples") { Samples = [new(Name + "\nsecond line", [new("CLM", "<img src=x onerror=\"window.hacked = 1\"> averyverylongword" + new string('x', 200), false), new("fused", Name, true)])] },
        new ReportSection("models", "Models") { Tables = [new ReportTable("Models", ["model", "role"], [new([Name, "target"])]) { IsText = true }] },
        new ReportSection("recipe", "Recipe") { Code = $"target: '{Name}'\nfence: ```\n" + new string('y', 300) },
    ]);
}
