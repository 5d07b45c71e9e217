using System.Globalization;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Evaluation.Judge;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Report.Content;

namespace FuseSharp.Report.Sections;

/// <summary>Scores in benchmarks.</summary>
internal static class TasksSection
{
    /// <summary>Reads it.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        var section = new ReportSection("tasks", "Benchmarks");
        if (run.Recipe.Evaluate.Tasks.Count == 0)
        {
            return section with { Missing = ["The recipe asks for no benchmarks. Name some in 'evaluate.tasks' with their data in 'evaluate.data'."] };
        }

        var results = run.Compared.All.ToDictionary(c => c, c => RunArtifacts.Found(() => TaskReport.ReadResults(TaskStage.FileIn(run.Folder.Tasks(c.Runs[0].Name)))));
        var answered = run.Compared.All.Where(c => results[c] is not null).ToList();
        var unasked = run.Compared.All.Except(answered).Select(c => $"{c.Name}: not asked yet. Run the recipe to its end.");
        if (answered.Count == 0)
        {
            return section with { Missing = [.. unasked] };
        }

        var judged = answered.ToDictionary(c => c, c => RunArtifacts.Found(() => JudgeStage.Read(run.Folder.Judged(c.Runs[0].Name))));
        ReportTable?[] tables = [Scores(answered, c => results[c]!), Judged(run, answered.Where(c => judged[c] is not null).ToList(), c => judged[c]!), Published(run)];
        return section with
        {
            Paragraphs = ["Percentages, except perplexity, BLEU and chrF; higher is better, except for perplexity. ± is one standard error over the questions (of the mean, n − 1). Of trainings with several seeds the first is asked."],
            Tables = [.. tables.OfType<ReportTable>()],
            Missing = [.. unasked, .. results[answered[0]]!.Where(r => r.Skipped is not null).Select(r => $"{r.Task}: skipped, {r.Skipped}."), .. Unjudged(results[answered[0]]!, judged.Values.Any(j => j is not null))],
        };
    }

    private static ReportTable? Scores(List<ComparedModel> models, Func<ComparedModel, IReadOnlyList<TaskResult>> resultsOf)
    {
        ReportRow[] rows = [.. from result in resultsOf(models[0]).Where(r => !IsPart(r, resultsOf(models[0])))
                               from figure in result.Figures
                               select new ReportRow(
                               [
                                   $"{result.Task}, {figure.Name}", Shown.Count(result.Samples),
                                   .. models.Select(m => resultsOf(m).FirstOrDefault(r => r.Task == result.Task)?.Figures.FirstOrDefault(f => f.Name == figure.Name))
                                       .Select(f => f is null ? Shown.Nothing : Show(f)),
                               ])];
        return rows.Length == 0 ? null : new ReportTable("Scores by benchmark and model", ["benchmark", "questions", .. models.Select(m => m.Name)], rows);
    }

    // As published figures are given.
    private static string Show(TaskFigure figure)
    {
        double unit = figure.Name is "perplexity" or "bleu" or "chrf" ? 1 : 100;
        return Shown.WithError(unit * figure.Value, unit * figure.StandardError, digits: 2);
    }

    // Where a task's means stand in the table, its parts would only lengthen it; they are in results.json.
    private static bool IsPart(TaskResult result, IReadOnlyList<TaskResult> all)
        => result.Task.IndexOf(':', StringComparison.Ordinal) is > 0 and var at && all.Any(r => r.Task.StartsWith(result.Task[..at] + " (", StringComparison.Ordinal));

    private static ReportTable? Judged(RunArtifacts run, List<ComparedModel> models, Func<ComparedModel, IReadOnlyList<Judgement>> judgementsOf)
        => models.Count == 0 ? null : new ReportTable(
            $"Vicuna Bench, judged by {run.Recipe.Evaluate.Judge.Model}", ["model", "grade (1–10)", $"won, tied, lost against {run.Compared.Baseline.Name}"],
            [.. models.Select(m => new ReportRow(
            [
                m.Name,
                JudgeReport.Grade(judgementsOf(m)) is { } grade ? Shown.WithError(grade.Value, grade.StandardError, digits: 2) : Shown.Nothing,
                JudgeReport.Outcomes(judgementsOf(m)) is { } pairs ? string.Create(CultureInfo.InvariantCulture, $"{pairs.Won}, {pairs.Tied}, {pairs.Lost}") : Shown.Nothing,
            ], m.Role == ModelRole.Fused))]);

    private static string[] Unjudged(IReadOnlyList<TaskResult> results, bool isJudged)
        => !isJudged && results.Any(r => r.Task == JudgeQuestion.Task) ? ["vicuna: the answers are written, but nothing was judged. Name a judge in 'evaluate.judge.endpoint', or ask one with 'fusesharp judge'."] : [];

    private static ReportTable? Published(RunArtifacts run)
    {
        TaskDefinition[] tasks = [.. run.Recipe.Evaluate.Tasks.Select(t => RunArtifacts.Found(() => TaskDefinition.Find(t))).OfType<TaskDefinition>()
            .Where(t => t.Published.Count > 0 && t.Subtasks.Count == TaskDefinition.Find(t.Name).Subtasks.Count)]; // of whole tasks
        string[] models = [.. tasks.SelectMany(t => t.Published.Keys).Distinct()];
        return models.Length == 0 ? null : new ReportTable("Figures that others have published, percent, of larger models and all questions", ["benchmark", .. models],
            [.. tasks.Select(t => new ReportRow([t.Name, .. models.Select(m => t.Published.TryGetValue(m, out double figure) ? figure.ToString("F2", CultureInfo.InvariantCulture) : Shown.Nothing)]))]);
    }
}
