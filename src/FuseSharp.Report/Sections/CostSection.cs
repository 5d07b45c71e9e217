using FuseSharp.Pipeline.Recipes;
using FuseSharp.Report.Content;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Report.Sections;

/// <summary>What the stages took.</summary>
internal static class CostSection
{
    // What training without fusion does not need.
    private static readonly string[] _ofFusion = ["represent", "map", "align", "pack"];

    /// <summary>Reads it.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        var stages = run.Plan.Steps.Select(s => s.Folder).Where(Directory.Exists).Select(f => (Name: Path.GetRelativePath(run.Recipe.Output, f), Cost: StageCost.Read(f))).ToList();
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
        string fused = run.Folder.Train(RunFolder.Fused(run.Recipe.Train.Seed));
        string clm = run.Folder.Train(RunFolder.Clm(run.Recipe.Train.Seed));
        var costs = run.Plan.Steps.Where(s => _ofFusion.Contains(s.Stage)).Select(s => s.Folder).Append(fused).Append(clm).Select(StageCost.Read).ToList();
        if (run.Recipe.Sources.Count == 0 || costs.Exists(c => c is null))
        {
            return null;
        }

        double more = costs.SkipLast(1).Sum(c => c!.Seconds) - costs[^1]!.Seconds;
        return more <= 0 ? null : new($"+{Shown.Duration(more)}", $"time that fusion took beyond training without it, {Shown.Duration(costs[^1]!.Seconds)}, on {costs[^1]!.Machine}");
    }
}
