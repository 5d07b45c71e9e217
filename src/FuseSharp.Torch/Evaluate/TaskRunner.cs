using FuseSharp.Core.Evaluate;
using FuseSharp.Core.Progress;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Torch.Evaluate;

/// <summary>Runs benchmarks on a model.</summary>
/// <param name="model">Only read.</param>
/// <param name="options">How.</param>
public sealed class TaskRunner(LanguageModel model, TaskRunOptions options)
{
    /// <summary>Runs a task with all its parts.</summary>
    /// <param name="task">The task.</param>
    /// <param name="samples">Gets every question with its answer.</param>
    /// <param name="progress">Gets questions.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    /// <returns>A result for each part, then their means where there are several.</returns>
    public IReadOnlyList<TaskResult> Run(TaskDefinition task, List<TaskSample> samples, IProgressReporter progress, CancellationToken cancellation)
    {
        var results = new List<TaskResult>();
        foreach (var part in task.Parts())
        {
            var questions = TaskReader.Read(part, options.Data, options.Limit, options.Shots, options.Seed);
            using var bar = progress.Start($"evaluate {part.Name}", questions.Count, "questions");
            var answered = part.Kind switch
            {
                TaskKind.Choice => Choose(part, questions, bar, cancellation),
                TaskKind.Target => Target(part, questions, bar, cancellation),
                _ => Write(part, questions, bar, cancellation),
            };
            samples.AddRange(answered);
            results.Add(TaskResult.Of(part.Name, part.Scoring, answered));
        }

        return results.Count > 1 ? [.. results, .. TaskResult.MeansOf(task.Name, results)] : results;
    }

    private TaskSample[] Choose(TaskDefinition task, IReadOnlyList<(TaskExample Example, string Prompt)> questions, IProgressTask bar, CancellationToken cancellation)
    {
        LikelihoodRequest[] requests = [.. questions.SelectMany(q => q.Example.Choices.Select(c => LikelihoodRequest.Of(model, q.Prompt, task.Delimiter + c)))];
        var likelihoods = Score(requests, questions.Count, bar, cancellation);
        var samples = new TaskSample[questions.Count];
        int first = 0;
        for (int i = 0; i < samples.Length; i++)
        {
            var (example, prompt) = questions[i];
            samples[i] = TaskSample.OfChoices(task.Name, example, prompt, [.. likelihoods.AsSpan(first, example.Choices.Count).ToArray().Select(l => l.LogProbability)]);
            first += example.Choices.Count;
        }

        return samples;
    }

    private TaskSample[] Target(TaskDefinition task, IReadOnlyList<(TaskExample Example, string Prompt)> questions, IProgressTask bar, CancellationToken cancellation)
    {
        LikelihoodRequest[] requests = [.. questions.Select(q => LikelihoodRequest.Of(model, q.Prompt, task.Delimiter + q.Example.Answers[0]))];
        var likelihoods = Score(requests, questions.Count, bar, cancellation);
        return [.. questions.Zip(likelihoods, (q, l) => TaskSample.OfTarget(task.Name, q.Example, q.Prompt, l.LogProbability, l.IsGreedy))];
    }

    private TaskSample[] Write(TaskDefinition task, IReadOnlyList<(TaskExample Example, string Prompt)> questions, IProgressTask bar, CancellationToken cancellation)
    {
        using var writer = new AnswerWriter(model, task.Stops, task.MaxTokens);
        var samples = new TaskSample[questions.Count];
        for (int i = 0; i < samples.Length; i++)
        {
            var (example, prompt) = questions[i];
            samples[i] = TaskSample.OfText(task.Name, task, example, prompt, writer.Answer(prompt, cancellation));
            bar.Advance(1);
        }

        return samples;
    }

    // Progress counts questions, the scorer continuations.
    private Likelihood[] Score(LikelihoodRequest[] requests, int questions, IProgressTask bar, CancellationToken cancellation)
    {
        long finished = 0;
        long shown = 0;
        return new LikelihoodScorer(model, options.BatchSize).Score(requests, n =>
        {
            finished += n;
            long reached = finished * questions / requests.Length;
            bar.Advance((int)(reached - shown));
            shown = reached;
        }, cancellation);
    }
}
