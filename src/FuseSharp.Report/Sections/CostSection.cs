using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Artifacts;


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
                .. measured.Count == 0 ? Array.Empty<string>()
                    : [FormattableString.Invariant($"Finished on {measured.Max(s => File.GetLastWriteTimeUtc(Path.Combine(run.Recipe.Output, s.Name, StageCost.FileName))):yyyy-MM-dd} (UTC).")],
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

    /// <summary>What fusion took beyond the same training without it: representing, aligning and packing, and the longer steps. Null where that is not known.</summary>
    public static ReportFigure? OfFusion(RunArtifacts run)
    {
        var folder = run.Folder;
        long seed = run.Recipe.Train.Seed;
        string[] models = [run.Recipe.Target, .. run.Recipe.Sources];
        string[] own = [.. models.Select(folder.Represent), .. run.Recipe.Sources.Select(folder.Map).Where(Directory.Exists), .. run.Recipe.Sources.Select(folder.Align), folder.Pack];
        var costs = own.Append(folder.Train(RunFolder.Fused(seed))).Append(folder.Train(RunFolder.Clm(seed))).Select(StageCost.Read).ToList();
        if (run.Recipe.Sources.Count == 0 || costs.Exists(c => c is null))
        {
            return null;
        }

        double more = costs.SkipLast(1).Sum(c => c!.Seconds) - costs[^1]!.Seconds;
        return more <= 0 ? null : new($"+{Shown.Duration(more)}", $"time that fusion took beyond training without it, {Shown.Duration(costs[^1]!.Seconds)}, on {costs[^1]!.Machine}");
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
