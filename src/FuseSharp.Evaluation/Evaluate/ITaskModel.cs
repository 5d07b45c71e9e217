using FuseSharp.Evaluation.Tasks;
using FuseSharp.Models.Generate;


namespace FuseSharp.Evaluation.Evaluate;

/// <summary>Whom benchmarks ask: a model, or several that predict together.</summary>
public interface ITaskModel : IDisposable
{
    /// <summary>Whether it can be asked by conversation.</summary>
    bool HasChatTemplate { get; }

    /// <summary>All that it reads of a prompt.</summary>
    string TextOf(TaskPrompt prompt);

    /// <summary>Longest text that it reads at once, prompt and answer together, tokens.</summary>
    int Context { get; }

    /// <summary>Whether a prompt is longer than what it can read, and loses its beginning.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="continuation">What may follow it; null where an answer is written.</param>
    /// <param name="maxTokens">Most tokens of an answer that is written.</param>
    bool IsCut(TaskPrompt prompt, string? continuation, int maxTokens);

    /// <summary>Says how likely continuations are.</summary>
    /// <param name="asked">Prompts with what may follow them; those with the same prompt side by side.</param>
    /// <param name="scored">Gets each likelihood with its 0-based place in <paramref name="asked"/>, in no order.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    void Score(IReadOnlyList<(TaskPrompt Prompt, string Continuation)> asked, Action<int, Likelihood> scored, CancellationToken cancellation);

    /// <summary>Continues prompts.</summary>
    /// <param name="prompts">By their place in the whole work, which seeds the draw. What is longer than the context, less the room for the answer, is cut from the left.</param>
    /// <param name="options">How; its prompt is not read.</param>
    /// <param name="written">Gets each answer with its place, in no order.</param>
    /// <param name="cancellation">Ends the work between two tokens.</param>
    void Write(IEnumerable<(int Place, TaskPrompt Prompt)> prompts, GenerateOptions options, Action<int, string> written, CancellationToken cancellation);
}
