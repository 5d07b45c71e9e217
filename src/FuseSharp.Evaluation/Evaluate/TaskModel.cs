using FuseSharp.Evaluation.Tasks;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Tokenizers.Chat;


namespace FuseSharp.Evaluation.Evaluate;

/// <summary>One model, asked by benchmarks.</summary>
/// <param name="model">Owned.</param>
/// <param name="batchSize">Most prompts that are read, and most answers that are written, together. Results do not depend on it, beyond the rounding of matrix products of another size.</param>
public sealed class TaskModel(LanguageModel model, int batchSize) : ITaskModel
{
    /// <summary>So many answers are written together where nothing else is wanted.</summary>
    public const int DefaultBatchSize = 16;

    private readonly ChatTemplate? _template = ChatTemplate.Find(model.Path);

    /// <inheritdoc/>
    public bool HasChatTemplate => _template is not null;

    /// <inheritdoc/>
    public string TextOf(TaskPrompt prompt) => prompt.For(_template);

    /// <inheritdoc/>
    public int Context => model.Network.Config.ContextLength;

    /// <inheritdoc/>
    public bool IsCut(TaskPrompt prompt, string? continuation, int maxTokens)
        => continuation is null ? model.PromptIds(TextOf(prompt), prompt.IsConversation).Length > RoomFor(maxTokens)
            : LikelihoodRequest.Create(model, TextOf(prompt), continuation, prompt.IsConversation).IsCut;

    /// <inheritdoc/>
    public void Score(IReadOnlyList<(TaskPrompt Prompt, string Continuation)> asked, Action<int, Likelihood> scored, CancellationToken cancellation)
        => new LikelihoodScorer(model, batchSize).Score([.. asked.Select(a => LikelihoodRequest.Create(model, TextOf(a.Prompt), a.Continuation, a.Prompt.IsConversation))], scored, cancellation);

    /// <inheritdoc/>
    public void Write(IEnumerable<(int Place, TaskPrompt Prompt)> prompts, GenerateOptions options, Action<int, string> written, CancellationToken cancellation)
    {
        int room = RoomFor(options.MaxTokens);
        new TextGenerator(model, options).Generate(prompts.Select(p => (p.Place, IdsOf(p.Prompt, room))), batchSize, (place, answer) => written(place, answer.Text), cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private int RoomFor(int maxTokens) => Math.Max(1, Context - maxTokens);

    private int[] IdsOf(TaskPrompt prompt, int room)
    {
        int[] ids = model.PromptIds(TextOf(prompt), prompt.IsConversation);
        return ids[Math.Max(0, ids.Length - room)..];
    }
}
