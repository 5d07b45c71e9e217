using FuseSharp.Evaluation.Code;


namespace FuseSharp.Evaluation.Tasks;

/// <summary>Makes scored samples of what a model said.</summary>
/// <param name="programs">Runs programs.</param>
public sealed class TaskScorer(ProgramRunner programs)
{
    /// <summary>Scores a task without parts.</summary>
    /// <param name="task">The task.</param>
    /// <param name="questions">Each with all that the model read before its answer.</param>
    /// <param name="answers">Of each question all answers, in the order of choices or samples.</param>
    /// <param name="cancellation">Kills running programs.</param>
    /// <returns>A sample for each question, or for each program.</returns>
    public async Task<IReadOnlyList<TaskSample>> ScoreAsync(
        TaskDefinition task, IReadOnlyList<(TaskExample Example, string Prompt)> questions, Func<TaskExample, IReadOnlyList<TaskAnswer>> answers, CancellationToken cancellation)
    {
        switch (task.Kind)
        {
            case TaskKind.Choice:
                return [.. questions.Select(q => TaskSample.OfChoices(task.Name, q.Example, q.Prompt, [.. answers(q.Example).Select(a => a.LogProbability!.Value)]))];
            case TaskKind.Target:
                return [.. questions.Select(q => TaskSample.OfTarget(task.Name, q.Example, q.Prompt, answers(q.Example)[0]))];
            case TaskKind.Generate when task.Scoring != TaskScoring.Execute:
                return [.. questions.Select(q => TaskSample.OfText(task.Name, task, q.Example, q.Prompt, answers(q.Example)[0].Text!))];
        }

        (TaskExample Example, string Prompt, TaskAnswer Answer)[] work = [.. questions.SelectMany(q => answers(q.Example).Select(a => (q.Example, q.Prompt, a)))];
        var samples = new TaskSample[work.Length];
        await Parallel.ForEachAsync(Enumerable.Range(0, work.Length), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation }, async (i, stop) =>
        {
            var (example, prompt, answer) = work[i];
            var result = await programs.RunAsync(task.Language, $"{prompt}{answer.Text}\n{TaskTemplate.Fill(task.Tests, example.Row)}\n", stop);
            samples[i] = TaskSample.OfProgram(task.Name, example, prompt, answer, result);
        });
        return samples;
    }
}
