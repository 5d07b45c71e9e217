using FuseSharp.Fusion.Fuse;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Report.Charts;
using FuseSharp.Report.Content;

namespace FuseSharp.Report.Sections;

/// <summary>Which model taught how much of which domain.</summary>
internal static class TeachingSection
{
    // TeachingStage counts under it where several models are blended.
    private const int Blended = -1;

    /// <summary>Reads it.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        var section = new ReportSection("teachers", "Who taught what");
        if (run.Recipe.Train.Fusion is not { } fusion)
        {
            return section with { Missing = ["Nothing was fused: 'train.fusion' is none."] };
        }

        if (RunArtifacts.Found(() => TeachingStage.Read(run.Folder.Teaching)) is not { } taught)
        {
            return section with { Missing = ["Teachers have not been counted. Run the recipe to its end."] };
        }

        if (taught.Values.Any(t => t.ContainsKey(Blended)))
        {
            return section with { Paragraphs = ["Fusion rule avg_ce: at every position all models are blended, weighted by what they know of the text. None is chosen, so there is nothing to count."] };
        }

        string[] models = [.. run.Recipe.Models.Select(m => m.Name)];
        var rows = run.Recipe.Texts.Keys.Where(taught.ContainsKey).Select(d => (Name: d, Shares: (IReadOnlyList<double>)[.. models.Select((_, m) => taught[d].GetValueOrDefault(m) / taught[d].Values.Sum())])).ToList();
        string unit = fusion.Selection == TeacherSelection.Document ? "document the model that needs the fewest nats per byte of it" : "block the model with the lowest cross-entropy per token";
        string description = string.Join("; ", rows.Select(r => $"{r.Name}: {string.Join(", ", models.Select((m, i) => $"{m} {Shown.Share(r.Shares[i])}"))}")) + ".";
        return section with
        {
            Paragraphs = [$"The target learned from one model at a time: for each {unit}. Shares of the training tokens of each domain."],
            Charts = [ShareChart.Draw("Share of training tokens taught by each model", description, "teachers", models, rows)],
            Tables = [new ReportTable("Share of training tokens taught by each model", ["domain", .. models, "tokens"],
                [.. rows.Select(r => new ReportRow([r.Name, .. r.Shares.Select(Shown.Share), Shown.Count(taught[r.Name].Values.Sum())]))])],
        };
    }
}
