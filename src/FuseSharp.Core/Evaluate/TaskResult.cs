namespace FuseSharp.Core.Evaluate;

/// <summary>What a model reached in a task or a part of one.</summary>
/// <param name="Task">Its name; parts are <c>task:part</c>, means over parts <c>task (by size)</c> and <c>task (by part)</c>.</param>
/// <param name="Samples">Number of questions.</param>
/// <param name="Figures">In the order in which they are shown.</param>
public sealed record TaskResult(string Task, int Samples, IReadOnlyList<TaskFigure> Figures)
{
    /// <summary>Figures of a task from its samples.</summary>
    public static TaskResult Of(string task, TaskScoring scoring, IReadOnlyList<TaskSample> samples)
    {
        if (scoring == TaskScoring.Translation)
        {
            return new TaskResult(task, samples.Count,
            [
                TaskFigure.CorpusOf("bleu", [.. samples.Select(s => BleuScore.Of(s.Answer, s.Expected))], s => BleuScore.Sum(s).Value),
                TaskFigure.CorpusOf("chrf", [.. samples.Select(s => ChrfScore.Of(s.Answer, s.Expected))], s => ChrfScore.Sum(s).Value),
            ]);
        }

        return new TaskResult(task, samples.Count, [.. samples[0].Scores.Keys.Select(name =>
        {
            double[] values = [.. samples.Select(s => s.Scores[name])];
            return name == TaskSample.Nats ? TaskFigure.ExponentialOf("perplexity", values) : TaskFigure.MeanOf(name, values);
        })]);
    }

    /// <summary>The two means over the parts of a task: weighed by their sizes, as lm-evaluation-harness does, and unweighed, as papers do.</summary>
    public static IReadOnlyList<TaskResult> MeansOf(string task, IReadOnlyList<TaskResult> parts)
    {
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
