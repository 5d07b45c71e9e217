using System.Text.Json.Serialization;
using FuseSharp.Evaluation.Code;
using FuseSharp.Evaluation.Scores;

namespace FuseSharp.Evaluation.Tasks;

/// <summary>What a model reached in a task or a part of one.</summary>
/// <param name="Task">Its name; parts are <c>task:part</c>, means over parts <c>task (by size)</c> and <c>task (by part)</c>.</param>
/// <param name="Samples">Number of questions.</param>
/// <param name="Figures">In the order in which they are shown; none where a judge is still to be asked.</param>
public sealed record TaskResult(string Task, int Samples, IReadOnlyList<TaskFigure> Figures)
{
    private static readonly int[] _ks = [1, 10, 100];

    /// <summary>Why nobody was asked, such as a programming language that this machine has not; such a task is neither right nor wrong. Null where somebody was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Skipped { get; init; }

    /// <summary>Prompts that were longer than the model's context and lost their beginning.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int CutPrompts { get; init; }

    /// <summary>Figures of a task from its samples.</summary>
    public static TaskResult From(string task, TaskScoring scoring, IReadOnlyList<TaskSample> samples)
    {
        if (scoring == TaskScoring.Translation)
        {
            return new TaskResult(task, samples.Count,
            [
                TaskFigure.CorpusOf("bleu", [.. samples.Select(s => BleuScore.Compute(s.Answer, s.Expected))], s => BleuScore.Sum(s).Value),
                TaskFigure.CorpusOf("chrf", [.. samples.Select(s => ChrfScore.Compute(s.Answer, s.Expected))], s => ChrfScore.Sum(s).Value),
            ]);
        }

        if (scoring == TaskScoring.Execute)
        {
            var problems = samples.GroupBy(s => s.Row).Select(p => (Programs: p.Count(), Passed: p.Count(s => s.Scores[TaskSample.Passed] > 0))).ToList();
            return new TaskResult(task, problems.Count, [.. _ks.Where(k => k <= problems[0].Programs)
                .Select(k => TaskFigure.MeanOf(FormattableString.Invariant($"pass@{k}"), [.. problems.Select(p => PassAtK.Compute(p.Programs, p.Passed, k))]))]);
        }

        return new TaskResult(task, samples.Count, [.. samples[0].Scores.Keys.Select(name =>
        {
            double[] values = [.. samples.Select(s => s.Scores[name])];
            return name == TaskSample.Nats ? TaskFigure.ExponentialOf("perplexity", values) : TaskFigure.MeanOf(name, values);
        })]);
    }

    /// <summary>The two means over the parts of a task: weighed by their sizes, as lm-evaluation-harness does, and unweighed, as papers do.</summary>
    /// <param name="task">Its name.</param>
    /// <param name="parts">Its parts; those that were skipped do not count.</param>
    /// <returns>None where fewer than two parts have figures.</returns>
    public static IReadOnlyList<TaskResult> MeansOf(string task, IReadOnlyList<TaskResult> parts)
    {
        parts = [.. parts.Where(p => p.Figures.Count > 0)];
        if (parts.Count < 2)
        {
            return [];
        }

        int samples = parts.Sum(p => p.Samples);
        return
        [
            new TaskResult($"{task} (by size)", samples, Means(parts, p => (double)p.Samples / samples)),
            new TaskResult($"{task} (by part)", samples, Means(parts, _ => 1.0 / parts.Count)),
        ];
    }

    private static TaskFigure[] Means(IReadOnlyList<TaskResult> parts, Func<TaskResult, double> share)
        => [.. parts[0].Figures.Select((f, i) => new TaskFigure(f.Name, parts.Sum(p => share(p) * p.Figures[i].Value), Math.Sqrt(parts.Sum(p => Math.Pow(share(p) * p.Figures[i].StandardError, 2)))))];
}
