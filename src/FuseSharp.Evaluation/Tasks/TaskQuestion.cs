namespace FuseSharp.Evaluation.Tasks;

/// <summary>A question with the examples before it.</summary>
/// <param name="Example">The question.</param>
/// <param name="Prompt">All that a model reads before its answer, as plain text.</param>
public sealed record TaskQuestion(TaskExample Example, string Prompt)
{
    /// <summary>How a model is asked.</summary>
    /// <remarks>Programs are always continued: their prompts are beginnings of files, not questions.</remarks>
    /// <param name="task">The question's task.</param>
    /// <param name="hasTemplate">Whether the model has a chat template.</param>
    /// <param name="prefersChat">Whether such a model is to be asked by conversation in every task.</param>
    public TaskPrompt For(TaskDefinition task, bool hasTemplate, bool prefersChat)
        => hasTemplate && task.Scoring != TaskScoring.Execute && (prefersChat || Example.ChatQuestion is not null)
            ? new TaskPrompt(Example.ChatQuestion ?? Prompt, IsConversation: true) : new TaskPrompt(Prompt, IsConversation: false);
}
