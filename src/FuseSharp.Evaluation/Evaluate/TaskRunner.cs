using FuseSharp.Errors;
using FuseSharp.Evaluation.Code;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Models.Generate;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Evaluation.Evaluate;

/// <summary>Asks a model the questions of benchmarks and scores what it says.</summary>
/// <param name="model">Whom to ask.</param>
/// <param name="options">How.</param>
/// <param name="journal">Gets every answer at once, and is not asked again what it holds; null for none.</param>
/// <param name="name">What progress and results call the model, where several are asked; empty for the only one.</param>
public sealed class TaskRunner(ITaskModel model, TaskRunOptions options, JsonJournal<TaskAnswer>? journal = null, string name = "")
{
    private readonly ILookup<string, TaskAnswer> _known = (journal?.Known ?? []).ToLookup(a => a.Task);

    /// <summary>Runs tasks with all their parts.</summary>
    /// <param name="tasks">What is asked.</param>
    /// <param name="samples">Gets every question with its answer.</param>
    /// <param name="progress">Gets answers, of choices each, and a line for each result as soon as it is there.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    /// <returns>A result for each part, and behind those of a task their means where there are several.</returns>
    /// <exception cref="ModelException">A conversation was asked for and the model has no chat template.</exception>
    public IReadOnlyList<TaskResult> Run(IReadOnlyList<TaskDefinition> tasks, List<TaskSample> samples, IProgressReporter progress, CancellationToken cancellation)
    {
        if (options.Chat && !model.HasChatTemplate)
        {
            throw new ModelException("A conversation was asked for, and the model has no chat template. Ask without a conversation, or add chat_template.jinja to its folder.");
        }

        var results = new List<TaskResult>();
        void Add(TaskResult result)
        {
            results.Add(result);
            progress.Result((name.Length > 0 ? $"{name}: " : "") + TaskReport.LineOf(result));
        }

        foreach (var task in tasks)
        {
            int first = results.Count;
            foreach (var part in task.Parts())
            {
                Add(Run(part, samples, progress, cancellation));
            }

            foreach (var mean in TaskResult.MeansOf(task.Name, results[first..]))
            {
                Add(mean);
            }
        }

        return results;
    }

    private TaskResult Run(TaskDefinition part, List<TaskSample> samples, IProgressReporter progress, CancellationToken cancellation)
    {
        var programs = new ProgramRunner(new SandboxLimits { Seconds = part.Seconds });
        if (part.Scoring == TaskScoring.Execute && programs.WhyNotAsync(part.Language, cancellation).GetAwaiter().GetResult() is { } why)
        {
            return new TaskResult(part.Name, 0, []) { Skipped = why };
        }

        var questions = TaskReader.Read(part, options.Data, options.Limit, options.Shots, options.Seed);
        TaskPrompt[] prompts = [.. questions.Select(q => q.For(part, model.HasChatTemplate, options.Chat))];
        var answers = _known[part.Name].ToDictionary(a => (a.Row, a.Index));
        int total = questions.Sum(q => CountOf(part, q.Example));
        using (var bar = progress.Start($"evaluate {(name.Length > 0 ? name + " " : "")}{part.Name}", total, "answers"))
        {
            bar.Skip(answers.Count);
            void Keep(TaskAnswer answer)
            {
                answers[(answer.Row, answer.Index)] = answer;
                journal?.Add(answer);
                bar.Advance(1);
            }

            var open = from i in Enumerable.Range(0, questions.Count)
                       from index in Enumerable.Range(0, CountOf(part, questions[i].Example))
                       where !answers.ContainsKey((questions[i].Example.Row.Number, index))
                       select new Asked(questions[i].Example, prompts[i], index);
            if (part.Kind == TaskKind.Generate)
            {
                Write(part, [.. open], Keep, cancellation);
            }
            else
            {
                Score(part, [.. open], Keep, cancellation);
            }

            bar.Complete();
        }

        var own = new TaskScorer(programs).ScoreAsync(
            part, [.. questions.Zip(prompts, (q, p) => (q.Example, model.TextOf(p)))],
            e => [.. Enumerable.Range(0, CountOf(part, e)).Select(i => answers[(e.Row.Number, i)])], cancellation).GetAwaiter().GetResult();
        samples.AddRange(own);
        int cut = prompts.Zip(questions).Count(p => model.IsCut(p.First, part.Kind == TaskKind.Generate ? null : ContinuationOf(part, new Asked(p.Second.Example, p.First, 0)), part.MaxTokens));
        if (cut > 0)
        {
            progress.Say(FormattableString.Invariant($"Warning: {cut:N0} of {prompts.Length:N0} prompts of {part.Name} were cut from the left to the model's context, {model.Context:N0} tokens{(part.Kind == TaskKind.Generate ? FormattableString.Invariant($" less {part.MaxTokens:N0} for the answer") : "")}. Fewer --shots make them shorter."));
        }

        return TaskResult.From(part.Name, part.Scoring, own) with { CutPrompts = cut };
    }

    private static int CountOf(TaskDefinition part, TaskExample example) => part.Kind == TaskKind.Choice ? example.Choices.Count : part.Samples;

    private void Score(TaskDefinition part, Asked[] asked, Action<TaskAnswer> keep, CancellationToken cancellation)
        => model.Score([.. asked.Select(a => (a.Prompt, ContinuationOf(part, a)))],
            (i, likelihood) => keep(new TaskAnswer(part.Name, asked[i].Example.Row.Number, asked[i].Index, null, likelihood.LogProbability, likelihood.IsGreedy)), cancellation);

    // In a conversation the answer begins the assistant's turn: no space stands before it.
    private static string ContinuationOf(TaskDefinition part, Asked asked)
        => (asked.Prompt.IsConversation ? "" : part.Delimiter) + (part.Kind == TaskKind.Choice ? asked.Example.Choices[asked.Index] : asked.Example.Answers[0]);

    private void Write(TaskDefinition part, Asked[] asked, Action<TaskAnswer> keep, CancellationToken cancellation)
    {
        foreach (var group in asked.GroupBy(a => string.Join('\0', a.Example.Stops)))
        {
            var settings = new GenerateOptions { MaxTokens = part.MaxTokens, Temperature = part.Temperature, TopP = part.TopP, Stop = [.. group.First().Example.Stops], Seed = options.Seed };
            var byPlace = group.ToDictionary(a => (a.Example.Row.Number * part.Samples) + a.Index); // the same draw whatever was answered before
            model.Write(byPlace.Select(a => (a.Key, a.Value.Prompt)), settings, (place, text) => keep(new TaskAnswer(part.Name, byPlace[place].Example.Row.Number, byPlace[place].Index, text, null, false)), cancellation);
        }
    }

    private readonly record struct Asked(TaskExample Example, TaskPrompt Prompt, int Index);
}
