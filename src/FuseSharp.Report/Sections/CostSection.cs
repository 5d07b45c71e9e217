using FuseSharp.Core.Artifacts;

namespace FuseSharp.Report.Sections;

/// <summary>What the stages took.</summary>
internal static class CostSection
{
    /// <summary>Reads it.</summary>
    public static ReportSection Of(RunArtifacts run)
    {
        var stages = Stages(run).Distinct().Where(Directory.Exists).Select(f => (Name: Path.GetRelativePath(run.Recipe.Output, f), Cost: StageCost.Read(f))).ToList();
        var measured = stages.Where(s => s.Cost is not null).ToList();
        return new ReportSection("cost", "Time and memory")
        {
            Paragraphs =
            [
                "Wall-clock time of each stage, over all processes that worked on it, and the most memory that the process held meanwhile.",
                .. measured.Select(s => s.Cost!.Machine).Distinct().Select(m => $"Machine: {m}."),
            ],
            Tables = [new ReportTable("Time and peak memory by stage", ["stage", "time", "peak memory", "continued"],
            [
                .. measured.Select(s => new ReportRow([s.Name, Shown.Duration(s.Cost!.Seconds), Shown.Bytes(s.Cost.PeakBytes), s.Cost.Sessions == 1 ? Shown.Nothing : FormattableString.Invariant($"{s.Cost.Sessions - 1}×")])),
                .. measured.Count == 0 ? Array.Empty<ReportRow>()
                    : [new ReportRow(["all", Shown.Duration(measured.Sum(s => s.Cost!.Seconds)), Shown.Bytes(measured.Max(s => s.Cost!.PeakBytes)), Shown.Nothing], IsMain: true)],
            ])],
            Missing = [.. stages.Where(s => s.Cost is null).Select(s => $"{s.Name}: made by a version that recorded neither.")],
        };
    }

    private static IEnumerable<string> Stages(RunArtifacts run)
    {
        var folder = run.Folder;
        string[] models = [run.Recipe.Target, .. run.Recipe.Sources];
        var made = run.Contenders.All.SelectMany(c => c.Entries).ToList();
        string[] own = [.. made.Where(e => e.Training is not null || e.Merge is not null).Select(e => e.Model!)];
        return
        [
            folder.Split, .. models.Select(folder.Represent), .. run.Recipe.Sources.Select(folder.Map), .. run.Recipe.Sources.Select(folder.Align), folder.Pack, .. own,
            .. made.Select(e => folder.Evaluate(e.Name)), .. made.Select(e => folder.Tasks(e.Name)), .. made.Select(e => folder.Judged(e.Name)), .. run.Contenders.Sampled.Select(folder.Samples), folder.Teaching,
        ];
    }
}
