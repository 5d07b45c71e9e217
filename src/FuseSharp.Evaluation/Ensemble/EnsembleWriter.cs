using System.Text;
using System.Text.Unicode;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Ensemble;

/// <summary>Lets an ensemble go on from prompts: after each of the target's tokens every source reads the text so far in its own tokens.</summary>
/// <remarks>
/// A source is not heard while the text ends within a character, which no tokenizer of text can read. What it has read stays, so that a token costs as many new
/// positions as it changed at the text's end. Not for use by several threads.
/// </remarks>
/// <param name="ensemble">Only read.</param>
internal sealed class EnsembleWriter(ModelEnsemble ensemble) : IDisposable
{
    private readonly LanguageModel[] _models = [.. ensemble.Models];
    private readonly PrefixReader[] _readers = [.. ensemble.Models.Select(m => new PrefixReader(m))];

    /// <summary>Continues a prompt.</summary>
    /// <param name="prompts">Of each model; as a rule the same.</param>
    /// <param name="isConversation">Whether chat templates wrote them.</param>
    /// <param name="options">How; their prompt is not read.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    public string Write(IReadOnlyList<string> prompts, bool isConversation, GenerateOptions options, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        Array.ForEach(_models, m => m.Network.eval());
        int[] prompt = _models[0].PromptIds(prompts[0], isConversation);
        int room = Math.Max(1, _models[0].Network.Config.ContextLength - options.MaxTokens);
        var answer = new Generation(_models[0], prompt[Math.Max(0, prompt.Length - room)..], options);
        while (!answer.HasEnded)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var states = StatesOfSources(prompts, isConversation, answer);
            answer.Write(ensemble.Next(_readers[0].Read([.. answer.Prompt, .. answer.Tokens.Select(t => t.Id)]), states));
        }

        answer.ThrowIfFailed();
        return answer.Text;
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_readers, r => r.Dispose());

    private Tensor?[] StatesOfSources(IReadOnlyList<string> prompts, bool isConversation, Generation answer)
    {
        if (!Utf8.IsValid(answer.Bytes))
        {
            return new Tensor?[_models.Length - 1];
        }

        string text = Encoding.UTF8.GetString(answer.Bytes);
        return [.. Enumerable.Range(1, _models.Length - 1).Select(m => _readers[m].Read(Fit(EnsembleText.Tokenize(_models[m], prompts[m], text, isConversation).Ids, _models[m].Network.Config.ContextLength)))];
    }

    // Cut by half contexts, not token by token: what is left then begins as before, and is not read again for each token.
    private static int[] Fit(int[] ids, int context)
    {
        int half = Math.Max(1, context / 2);
        return ids[(Math.Max(0, ids.Length - context + half - 1) / half * half)..];
    }
}
