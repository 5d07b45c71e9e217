using FuseSharp.Report.Content;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Report.Sections;

/// <summary>How much text there was.</summary>
internal static class TextsSection
{
    private static readonly string[] _splits = ["train", "validation", "test"];

    /// <summary>Reads it.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        var section = new ReportSection("texts", "Texts");
        return RunArtifacts.Found(() => Manifest.Read(run.Folder.Split)) is not { } split ? section with { Missing = ["The texts have not been split yet. Run the recipe."] }
            : section with
            {
                Tables = [new ReportTable("Documents and bytes by domain and split", ["domain", .. _splits.SelectMany(s => new[] { $"{s} documents", $"{s} size" })],
                    [.. run.Recipe.Texts.Keys.Select(d => new ReportRow([d, .. _splits.SelectMany(s => Cells(split.Figures, $"{s}.{d}"))]))])],
            };
    }

    private static string[] Cells(IReadOnlyDictionary<string, double> figures, string of)
        => [Shown.Count(figures.GetValueOrDefault($"{of}.documents")), Shown.Bytes(figures.GetValueOrDefault($"{of}.bytes"))];
}
