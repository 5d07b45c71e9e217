using FuseSharp.Core.Evaluate;
using FuseSharp.Torch.Compare;
using FuseSharp.Torch.Evaluate;

namespace FuseSharp.Report.Sections;

/// <summary>Scores in benchmarks.</summary>
internal static class TasksSection
{
    /// <summary>Reads it.</summary>
    public static ReportSection Of(RunArtifacts run)
    {
        var section = new ReportSection("tasks", "Benchmarks");
        if (run.Recipe.Evaluate.Tasks.Count == 0)
        {
            return section with { Missing = ["The recipe asks for no benchmarks. Name some in 'evaluate.tasks' with their data in 'evaluate.data'."] };
        }

        var asked = run.Contenders.All.Where(c => c.Kind != ContenderKind.Ensemble).ToList();
        var results = asked.ToDictionary(c => c, c => RunArtifacts.Found(() => TaskStage.Read(run.Folder.Tasks(c.Entries[0].Model!))));
        var answered = asked.Where(c => results[c] is not null).ToList();
        string[] missing = [.. asked.Except(answered).Select(c => $"{c.Name}: not asked yet. Run the recipe to its end.")];
        if (answered.Count == 0)
        {
            return section with { Missing = missing };
        }

        return section with
        {
            Paragraphs = ["Higher is better, but for perplexity. ± is one standard error over the questions (of the mean, n − 1). Of trainings with several seeds the first is asked; the ensemble is not."],
            Tables = [Table(answered, c => results[c]!)],
            Missing = missing,
        };
    }

    private static ReportTable Table(List<Contender> models, Func<Contender, IReadOnlyList<TaskResult>> resultsOf)
    {
        var rows = from result in resultsOf(models[0]).Where(r => !IsPart(r, resultsOf(models[0])))
                   from figure in result.Figures
                   select new ReportRow(
                   [
                       $"{result.Task}, {figure.Name}", Shown.Count(result.Samples),
                       .. models.Select(m => resultsOf(m).FirstOrDefault(r => r.Task == result.Task)?.Figures.FirstOrDefault(f => f.Name == figure.Name))
                           .Select(f => f is null ? Shown.Nothing : Shown.WithError(f.Value, f.StandardError)),
                   ]);
        return new ReportTable("Scores by benchmark and model", ["benchmark", "questions", .. models.Select(m => m.Name)], [.. rows]);
    }

    // Where a task's means stand in the table, its parts would only lengthen it; they are in results.json.
    private static bool IsPart(TaskResult result, IReadOnlyList<TaskResult> all)
        => result.Task.IndexOf(':', StringComparison.Ordinal) is > 0 and var at && all.Any(r => r.Task.StartsWith(result.Task[..at] + " (", StringComparison.Ordinal));
}
