using FuseSharp.Fusion.Records;
using FuseSharp.Report.Content;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Report.Sections;

/// <summary>How much of each source reaches the target.</summary>
internal static class CoverageSection
{
    /// <summary>Reads it.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        var found = run.Recipe.Sources.Select(s => (s.Name, Manifest: RunArtifacts.Found(() => Manifest.Read(run.Folder.Align(s.Name))))).ToList();
        return new ReportSection("coverage", "What the alignment carries over")
        {
            Paragraphs = ["Positions: the target's tokens at which a source's distribution is known, because both have read the same text there. Mass carried over: how much of the stored probability has a counterpart in the target's vocabulary; rows that were projected when they were represented hold nothing else. Mass of a row: how much of the source's whole probability stands in the row of such a position, the cut to 'represent.top_k' candidates taken in."],
            Tables = [new ReportTable("Alignment by source", ["source", "pieces", "positions", "positions covered", "named one token only", "mass carried over", "mass of a row"],
                [.. found.Where(f => f.Manifest is not null).Select(f => RowOf(f.Name, f.Manifest!.Figures))])],
            Missing = [.. found.Where(f => f.Manifest is null).Select(f => $"{f.Name} has not been aligned yet. Run the recipe.")],
        };
    }

    private static ReportRow RowOf(string name, IReadOnlyDictionary<string, double> figures)
    {
        double Figure(string figure) => figures.GetValueOrDefault(figure);
        var coverage = new AlignmentCoverage((long)Figure("positions"), (long)Figure("covered_positions"), (long)Figure("one_hot_positions"), Figure("stored_mass"), Figure("arrived_mass"));
        return new ReportRow([name, Shown.Count(Figure("pieces")), Shown.Count(coverage.Positions), Shown.Share(coverage.CoveredShare), Shown.Share(coverage.OneHotShare), Shown.Share(coverage.ArrivedShare), Shown.Share(coverage.RowMass)]);
    }
}
