using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Models.Generate;
using FuseSharp.Tokenizers.Chat;


namespace FuseSharp.Evaluation.Ensemble;

/// <summary>An ensemble, asked by benchmarks. A conversation is written for each model by its own chat template.</summary>
/// <param name="ensemble">Owned.</param>
public sealed class EnsembleTaskModel(ModelEnsemble ensemble) : ITaskModel
{
    private readonly ChatTemplate?[] _templates = [.. ensemble.Models.Select(m => ChatTemplate.Find(m.Path))];

    /// <inheritdoc/>
    public bool HasChatTemplate => Array.TrueForAll(_templates, t => t is not null);

    /// <inheritdoc/>
    public string TextOf(TaskPrompt prompt) => TextsOf(prompt)[0];

    /// <inheritdoc/>
    public int Context => ensemble.Models.First().Network.Config.ContextLength;

    /// <inheritdoc/>
    /// <remarks>Likelihoods are read in windows: nothing is cut there.</remarks>
    public bool IsCut(TaskPrompt prompt, string? continuation, int maxTokens)
        => continuation is null && ensemble.Models.First().PromptIds(TextOf(prompt), prompt.IsConversation).Length > Math.Max(1, Context - maxTokens);

    /// <inheritdoc/>
    public void Score(IReadOnlyList<(TaskPrompt Prompt, string Continuation)> asked, Action<int, Likelihood> scored, CancellationToken cancellation)
    {
        for (int i = 0; i < asked.Count; i++)
        {
            scored(i, ensemble.Score(TextsOf(asked[i].Prompt), asked[i].Continuation, asked[i].Prompt.IsConversation, cancellation));
        }
    }

    /// <inheritdoc/>
    public void Write(IEnumerable<(int Place, TaskPrompt Prompt)> prompts, GenerateOptions options, Action<int, string> written, CancellationToken cancellation)
    {
        using var writer = new EnsembleWriter(ensemble);
        foreach (var (place, prompt) in prompts)
        {
            written(place, writer.Write(TextsOf(prompt), prompt.IsConversation, options with { Seed = DrawSeed.Derive(options.Seed, place) }, cancellation));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ensemble.Dispose();

    private string[] TextsOf(TaskPrompt prompt)
        => [.. _templates.Select(t => prompt.For(t))];
}
