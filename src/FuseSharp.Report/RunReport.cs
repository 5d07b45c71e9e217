using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Report.Content;
using FuseSharp.Report.Sections;

namespace FuseSharp.Report;

/// <summary>What a run came to, from its folder alone: models, figures, courses, samples, costs and the recipe to do it again.</summary>
/// <param name="Title">Which model was made from which.</param>
/// <param name="Headline">The main figures, a few words each.</param>
/// <param name="Sections">In the order in which they are read.</param>
public sealed record RunReport(string Title, IReadOnlyList<ReportFigure> Headline, IReadOnlyList<ReportSection> Sections)
{
    /// <summary>Whether fusion helped, in a sentence; null where the run does not tell.</summary>
    public string? Verdict { get; init; }

    /// <summary>Reads a run. What it lacks is named in its place.</summary>
    /// <param name="folder">The run's folder, with the recipe in it.</param>
    /// <exception cref="ArtifactException">The folder is no run's.</exception>
    public static RunReport Read(string folder)
    {
        var run = RunArtifacts.Open(folder);
        string sources = string.Join(" and ", run.Recipe.Sources.Select(s => s.Name));
        return new RunReport(sources.Length == 0 ? $"{ModelName.FromPath(run.Recipe.Target)} trained" : $"{sources} fused into {ModelName.FromPath(run.Recipe.Target)}", [.. ScoresSection.Headline(run), .. CostSection.OfFusion(run) is { } cost ? [cost] : Array.Empty<ReportFigure>()],
        [
            ScoresSection.Create(run), TasksSection.Create(run), ModelsSection.Create(run), TextsSection.Create(run), TeachingSection.Create(run), CoverageSection.Create(run),
            LossSection.Create(run), SamplesSection.Create(run), CostSection.Create(run), RecipeSection.Create(run),
        ])
        {
            Verdict = ScoresSection.Verdict(run),
        };
    }

    /// <summary>Writes a run's report beside its artifacts: <c>report.html</c> and <c>report.md</c>, whole or not at all.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <returns>Path of the page.</returns>
    public static string Write(string folder)
    {
        var report = Read(folder);
        var run = new RunFolder(folder);
        Durable.WriteText(run.Report, ReportWriter.Markdown(report));
        Durable.WriteText(run.ReportPage, ReportWriter.Html(report));
        return run.ReportPage;
    }
}
