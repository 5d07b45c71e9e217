using FuseSharp.Files;
using FuseSharp.Report.Content;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Report.Sections;

/// <summary>How much text there was.</summary>
internal static class TextsSection
{
    private static readonly string[] _splits = ["train", "validation", "test"];

    private static readonly string[] _counts = ["written", "documents", "left_out.loops", "left_out.duplicates", "left_out.copies", "cut_at_max_tokens"];

    /// <summary>Reads it.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        var section = new ReportSection("texts", "Texts");
        return RunArtifacts.Found(() => Manifest.Read(run.Folder.Split)) is not { } split ? section with { Missing = ["The texts have not been split yet. Run the recipe."] }
            : section with
            {
                Tables = [new ReportTable("Documents and bytes by domain and split", ["domain", .. _splits.SelectMany(s => new[] { $"{s} documents", $"{s} size" })],
                    [.. run.Recipe.Texts.Keys.Select(d => new ReportRow([d, .. _splits.SelectMany(s => Cells(split.Figures, $"{s}.{d}"))]))]), .. Written(run)],
            };
    }

    // Who wrote the training texts, and what of them was left out.
    private static IEnumerable<ReportTable> Written(RunArtifacts run)
    {
        ReportRow[] rows = [.. run.Recipe.Texts.Where(t => t.Value.IsWritten).SelectMany(t => RunArtifacts.Found(() => Manifest.Read(run.Folder.Write(t.Key))) is { } written
            ? run.Recipe.WritersOf(t.Value).Select(w => ModelName.FromPath(w)).Select(w => new ReportRow([t.Key, w, .. _counts.Select(c => Shown.Count(written.Figures.GetValueOrDefault($"{w}.{c}")))])) : [])];
        return rows.Length == 0 ? [] : [new ReportTable("Training texts written by models; a copy shares a passage of 192 characters or more with given texts",
            ["domain", "written by", "documents", "taken", "loops", "duplicates", "copies", "cut at max_tokens"], rows)];
    }

    private static string[] Cells(IReadOnlyDictionary<string, double> figures, string of)
        => [Shown.Count(figures.GetValueOrDefault($"{of}.documents")), Shown.Bytes(figures.GetValueOrDefault($"{of}.bytes"))];
}
